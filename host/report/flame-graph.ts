/** A profile as one HTML file that needs nothing else: a flame graph to zoom and search, with tables. The page's code is in `flame-page.ts`. */
import { FLAME_SCRIPT, FLAME_STYLE } from "./flame-page.ts";
import type { ProfileReport } from "./profile-report.ts";

const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** How many lines of source the page shows. */
const LINES = 200;

export function flameGraph(report: ProfileReport): string {
  const { program, frames, nodes, sections, opcodes, lines } = report;
  // columns instead of objects: the tree of a block has tens of thousands of nodes
  const data = {
    frames: frames.map(({ name, kind, file, line }) => [name, kind, file ? `${file}:${line}` : ""]),
    parent: nodes.map(({ parent }) => parent),
    frame: nodes.map(({ frame }) => frame),
    calls: nodes.map(({ calls }) => calls),
    cycles: nodes.map(({ cycles }) => cycles),
    blake2s: nodes.map(({ blake2s }) => blake2s),
    u256: nodes.map(({ u256 }) => u256),
    sections: sections.map(({ name, hash }) => (hash ? `${name} ${hash}` : name)),
    opcodes: opcodes.map(({ name, count, effective, cycles, gas }) => [name, count, effective, cycles, gas]),
    lines: lines.slice(0, LINES).map(({ source, effective, cycles }) => [source ?? "(no line)", effective, cycles]),
  };
  // nothing in the data may end the element
  const json = JSON.stringify(data).replaceAll("<", "\\u003c");
  const title = `${escapeHtml(program)} · Windproof profile`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${FLAME_STYLE}</style>
</head>
<body>
<header>
<h1>${escapeHtml(program)}</h1>
<label>Show <select id="section"></select></label>
<label>Count <select id="metric"><option value="effective">effective cycles (with delegations)</option><option value="raw">cycles (instructions only)</option></select></label>
<label>Find <input id="search" type="search" placeholder="name, or regular expression"></label>
<button id="reset" type="button">Whole graph</button>
<span id="total"></span>
</header>
<p id="status" aria-live="polite"></p>
<div id="graph"><canvas id="canvas" aria-label="flame graph"></canvas></div>
<div id="tip" hidden></div>
<nav id="tabs"></nav>
<div id="table"></div>
<noscript>The graph is drawn by a script in this file.</noscript>
<script type="application/json" id="data">${json}</script>
<script>${FLAME_SCRIPT}</script>
</body>
</html>
`;
}
