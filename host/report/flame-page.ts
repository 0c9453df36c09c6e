/** Style and script of the flame graph's page, which run in a browser as they stand here. */

export const FLAME_STYLE = `
:root { color-scheme: light dark; --back: #fff; --text: #1c1e21; --dim: #62666d; --line: #d8dbe0; --soft: #f3f4f6; --mark: #7a3ff2; }
@media (prefers-color-scheme: dark) { :root { --back: #16181b; --text: #e8eaed; --dim: #9aa0a8; --line: #34383e; --soft: #202327; --mark: #b79bff; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 12px 16px 40px; background: var(--back); color: var(--text); font: 14px/1.45 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; }
h1 { font-size: 18px; margin: 0; }
select, input, button { font: inherit; color: inherit; background: var(--soft); border: 1px solid var(--line); border-radius: 5px; padding: 3px 8px; max-width: 26em; }
button { cursor: pointer; }
#total { color: var(--dim); font-variant-numeric: tabular-nums; }
#status { margin: 8px 0; min-height: 1.45em; color: var(--dim); font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
#graph { border: 1px solid var(--line); border-radius: 5px; overflow: hidden; }
canvas { display: block; width: 100%; cursor: pointer; }
#tip { position: fixed; max-width: 46em; padding: 6px 10px; background: var(--back); border: 1px solid var(--line); border-radius: 5px; box-shadow: 0 4px 14px #0003; pointer-events: none; white-space: pre-line; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
nav { display: flex; gap: 6px; margin: 16px 0 6px; }
nav button[aria-pressed="true"] { border-color: var(--mark); color: var(--mark); }
#table { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 2px 12px 2px 0; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th { color: var(--dim); font-weight: 600; }
th:last-child, td:last-child { text-align: left; }
`;

export const FLAME_SCRIPT = String.raw`
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const by = (id) => document.getElementById(id);
const count = (n) => Math.round(n).toLocaleString("en-US");
const BLAKE2S = data.frames.push(["Blake2s delegation (16 each)", "delegation", ""]) - 1;
const U256 = data.frames.push(["U256 delegation (4 each)", "delegation", ""]) - 1;
const ROW = 19;
let effective = true, chosen = "merged", root, focus, boxes = [], pattern = null, depth = 0, tab = "functions";

// The tree that is shown: nodes of the chosen sections, those with equal paths merged.
function build() {
  const make = (frame, parent) => ({ frame, parent, self: 0, total: 0, calls: 0, children: new Map() });
  const child = (node, frame) => {
    if (!node.children.has(frame)) node.children.set(frame, make(frame, node));
    return node.children.get(frame);
  };
  const top = make(-1, null), nodes = [];
  let section = -1;
  for (let i = 0; i < data.parent.length; i++) {
    const parent = data.parent[i];
    if (parent < 0) {
      section++;
      const shown = chosen === "merged" || chosen === "split" || Number(chosen) === section;
      nodes[i] = !shown ? null : chosen === "split" ? child(top, data.frame[i]) : top;
    } else nodes[i] = nodes[parent] && child(nodes[parent], data.frame[i]);
    const node = nodes[i];
    if (!node) continue;
    node.calls += data.calls[i];
    node.self += data.cycles[i];
    if (effective && data.blake2s[i]) { const c = child(node, BLAKE2S); c.self += 16 * data.blake2s[i]; c.calls += data.blake2s[i]; }
    if (effective && data.u256[i]) { const c = child(node, U256); c.self += 4 * data.u256[i]; c.calls += data.u256[i]; }
  }
  const sum = (node) => {
    node.total = node.self;
    for (const c of node.children.values()) node.total += sum(c);
    // by name for a merged graph, in order of time where sections stand side by side
    node.list = [...node.children.values()].filter((c) => c.total > 0);
    if (!(chosen === "split" && node === top)) node.list.sort((a, b) => b.total - a.total);
    return node.total;
  };
  sum(top);
  root = focus = top;
}

const nameOf = (node) => node.frame < 0 ? "all" : data.frames[node.frame][0];
const shortOf = (name) => /^[\w.$@~/-]+$/.test(name) ? name.slice(name.lastIndexOf("/") + 1) : name;
const percent = (n) => (100 * n / Math.max(1, root.total)).toFixed(2) + "%";

const HUES = { section: 210, function: 28, part: 140, delegation: 275 };
function colour(node, dark) {
  const [name, kind] = node.frame < 0 ? ["all", "section"] : data.frames[node.frame];
  // functions of one folder have one hue
  const key = kind === "function" ? name.slice(0, name.lastIndexOf("/")) : name;
  let hash = 0;
  for (let i = 0; i < key.length; i++) hash = (hash * 31 + key.charCodeAt(i)) >>> 0;
  const hue = kind === "function" ? 8 + hash % 52 : HUES[kind] + hash % 24 - 12;
  if (pattern && !pattern.test(name)) return "hsl(" + hue + (dark ? " 12% 26%)" : " 14% 88%)");
  return "hsl(" + hue + (dark ? " 52% 38%)" : " 78% 73%)");
}

function draw() {
  const canvas = by("canvas"), width = by("graph").clientWidth, scale = window.devicePixelRatio || 1;
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  boxes = []; depth = 0;
  const place = (node, x, w, level) => {
    boxes.push({ node, x, w, level });
    depth = Math.max(depth, level);
    let at = x;
    for (const c of node.list) {
      const cw = w * c.total / node.total;
      if (cw >= 0.4) place(c, at, cw, level + 1);
      at += cw;
    }
  };
  // callers of what is zoomed into stay above it, over the whole width
  const line = [];
  for (let n = focus; n; n = n.parent) line.unshift(n);
  line.slice(0, -1).forEach((node, level) => boxes.push({ node, x: 0, w: width, level, faded: true }));
  if (root.total > 0) place(focus, 0, width, line.length - 1);
  const height = (Math.max(depth, line.length - 1) + 1) * ROW;
  canvas.width = width * scale; canvas.height = height * scale; canvas.style.height = height + "px";
  const g = canvas.getContext("2d");
  g.scale(scale, scale);
  g.font = "12px system-ui, sans-serif"; g.textBaseline = "middle";
  for (const box of boxes) {
    const { node, x, w, level } = box, y = level * ROW;
    g.globalAlpha = box.faded ? 0.55 : 1;
    g.fillStyle = colour(node, dark);
    g.fillRect(x, y, Math.max(w - (w > 3 ? 0.6 : 0), 0.3), ROW - 1);
    if (w > 26) {
      g.fillStyle = dark ? "#f2f2f2" : "#16181b";
      let text = shortOf(nameOf(node)) + (w > 160 ? "  " + percent(node.total) : "");
      const room = w - 8;
      if (g.measureText(text).width > room) {
        const letters = Math.floor(text.length * room / g.measureText(text).width) - 1;
        text = letters < 2 ? "" : text.slice(0, letters) + "…";
      }
      g.fillText(text, x + 4, y + ROW / 2);
    }
  }
  g.globalAlpha = 1;
  const unit = effective ? " effective cycles" : " cycles";
  by("total").textContent = count(root.total) + unit;
  status();
}

// A match inside a match is not counted twice.
function matched() {
  const visit = (node) => node.frame >= 0 && pattern.test(nameOf(node)) ? node.total : node.list.reduce((sum, c) => sum + visit(c), 0);
  return visit(root);
}
function status() {
  const parts = [];
  if (focus !== root) parts.push("Zoomed into " + nameOf(focus) + ": " + count(focus.total) + " (" + percent(focus.total) + ")");
  if (pattern) { const m = matched(); parts.push("Found: " + count(m) + " (" + percent(m) + ")"); }
  by("status").textContent = parts.join(" · ") || "Click a box to zoom in, its caller to zoom out.";
}

// The columns at and behind "at" are effective and plain cycles.
const bySize = (rows, at) => [...rows].sort((a, b) => effective ? b[at] - a[at] : b[at + 1] - a[at + 1]);
function rowsOf() {
  if (tab === "opcodes") {
    const rows = bySize(data.opcodes, 2).map(([name, n, e, c, gas]) => { const v = effective ? e : c; return [count(v), percentOfRun(v), count(n), (v / n).toFixed(1), gas === null ? "" : count(gas), gas ? (v / gas).toFixed(2) : "", name]; });
    return [["cycles", "%", "count", "each", "gas", "cycles a gas", "opcode, in the whole run"], rows];
  }
  if (tab === "lines") return [["cycles", "%", "line, in the whole run"], bySize(data.lines, 1).map(([s, e, c]) => { const v = effective ? e : c; return [count(v), percentOfRun(v), s]; })];
  const sums = new Map(), active = new Map();
  const visit = (node, owner) => {
    const kind = node.frame < 0 ? "" : data.frames[node.frame][1];
    const own = kind === "function" ? node.frame : kind === "section" ? -1 : owner;
    if (!sums.has(own)) sums.set(own, { self: 0, total: 0, calls: 0 });
    const row = sums.get(own);
    row.self += node.self;
    if (kind === "function") {
      row.calls += node.calls;
      if (!active.get(own)) row.total += node.total;
      active.set(own, (active.get(own) || 0) + 1);
    }
    for (const c of node.list) visit(c, own);
    if (kind === "function") active.set(own, active.get(own) - 1);
  };
  visit(root, -1);
  const rows = [...sums].filter(([f, r]) => f >= 0 && (!pattern || pattern.test(data.frames[f][0]))).sort((a, b) => b[1].self - a[1].self).slice(0, 100)
    .map(([f, r]) => [count(r.self), percent(r.self), count(r.total), percent(r.total), count(r.calls), data.frames[f][0] + (data.frames[f][2] ? "  (" + data.frames[f][2] + ")" : "")]);
  return [["self", "%", "total", "%", "calls", "function, in what is shown"], rows];
}
let whole = 0;
const percentOfRun = (n) => (100 * n / Math.max(1, whole)).toFixed(2) + "%";
function table() {
  whole = 0;
  for (let i = 0; i < data.cycles.length; i++) whole += data.cycles[i] + (effective ? 16 * data.blake2s[i] + 4 * data.u256[i] : 0);
  const [head, rows] = rowsOf();
  const element = document.createElement("table");
  const line = (cells, tag) => { const tr = element.insertRow(); for (const cell of cells) { const td = document.createElement(tag); td.textContent = cell; tr.append(td); } };
  line(head, "th");
  for (const row of rows) line(row, "td");
  by("table").replaceChildren(element);
  for (const button of by("tabs").children) button.setAttribute("aria-pressed", String(button.dataset.tab === tab));
}

function boxAt(event) {
  const r = by("canvas").getBoundingClientRect(), x = event.clientX - r.left, level = Math.floor((event.clientY - r.top) / ROW);
  return boxes.find((b) => b.level === level && x >= b.x && x < b.x + b.w);
}
by("canvas").addEventListener("click", (event) => { const box = boxAt(event); if (box) { focus = box.node; draw(); } });
by("canvas").addEventListener("mousemove", (event) => {
  const tip = by("tip"), box = boxAt(event);
  tip.hidden = !box;
  if (!box) return;
  const { node } = box, place = node.frame < 0 ? "" : data.frames[node.frame][2];
  tip.textContent = nameOf(node) + (place ? "\n" + place : "") + "\n" + count(node.total) + " (" + percent(node.total) + "), self " + count(node.self) + (node.calls ? "\n" + count(node.calls) + (node.calls === 1 ? " call, " : " calls, ") + count(node.total / node.calls) + " each" : "");
  tip.style.left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8) + "px";
  tip.style.top = Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8) + "px";
});
by("canvas").addEventListener("mouseleave", () => { by("tip").hidden = true; });
by("reset").addEventListener("click", () => { focus = root; draw(); });
by("metric").addEventListener("change", (event) => { effective = event.target.value === "effective"; refresh(); });
by("section").addEventListener("change", (event) => { chosen = event.target.value; refresh(); });
by("search").addEventListener("input", (event) => {
  const text = event.target.value.trim();
  try { pattern = text ? new RegExp(text, "i") : null; } catch { pattern = new RegExp(text.replace(/[.*+?^$()|[\]{}\\]/g, "\\$&"), "i"); }
  draw(); table();
});
addEventListener("resize", draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);

const option = (value, text) => { const o = document.createElement("option"); o.value = value; o.textContent = text; by("section").append(o); };
option("merged", data.sections.length > 1 ? "everything, merged" : "everything");
if (data.sections.length > 1) {
  option("split", "everything, transactions side by side");
  data.sections.forEach((name, i) => option(String(i), name));
}
for (const [name, text] of [["functions", "Functions"], ["opcodes", "EVM opcodes"], ["lines", "Source lines"]]) {
  if (name === "opcodes" && data.opcodes.length === 0) continue;
  const button = document.createElement("button");
  button.type = "button"; button.textContent = text; button.dataset.tab = name;
  button.addEventListener("click", () => { tab = name; table(); });
  by("tabs").append(button);
}
// #section=3&metric=raw&find=keccak&zoom=execute, for links
const wanted = new URLSearchParams(location.hash.slice(1));
if (wanted.has("section")) by("section").value = chosen = wanted.get("section");
if (wanted.get("metric") === "raw") { by("metric").value = "raw"; effective = false; }
if (wanted.has("find")) { by("search").value = wanted.get("find"); pattern = new RegExp(wanted.get("find"), "i"); }
if (wanted.has("tab")) tab = wanted.get("tab");
function refresh() {
  by("tip").hidden = true;
  // stay zoomed into the same path where it is there
  const path = [];
  for (let n = focus; n && n.parent; n = n.parent) path.unshift(n.frame);
  build();
  for (const frame of path) { const next = focus.children.get(frame); if (!next || next.total === 0) break; focus = next; }
  draw(); table();
}
refresh();
if (wanted.has("zoom")) {
  const find = (node) => shortOf(nameOf(node)) === wanted.get("zoom") ? node : node.list.map(find).find(Boolean);
  focus = find(root) || root;
  draw();
}
`;
