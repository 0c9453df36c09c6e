/** A profile as text tables: phases and transactions, opcodes, functions, call paths, lines; dearest first. */
import type { ProfileReport, ReportCost, ReportNode } from "./profile-report.ts";
import { type Column, formatCount, formatTable } from "./table.ts";

const right = (title: string): Column => ({ title, right: true });
const COST = [right("cycles"), right("blake2s"), right("u256")];
const costCells = ({ cycles, blake2s, u256 }: Omit<ReportCost, "effective">): string[] => [
  formatCount(cycles),
  blake2s ? formatCount(blake2s) : "",
  u256 ? formatCount(u256) : "",
];

const effectiveOf = ({ cycles, blake2s, u256 }: ReportNode): number => cycles + 16 * blake2s + 4 * u256;

/** Names from the outermost caller to the node, without the section: recursion as it is. */
function pathOf({ nodes, frames }: ProfileReport, index: number): string[] {
  const names: string[] = [];
  for (let i = index; i >= 0 && nodes[i].parent >= 0; i = nodes[i].parent) names.unshift(frames[nodes[i].frame].name);
  return names;
}

/** The same path in all sections is one. */
function paths(report: ProfileReport): { path: string[]; effective: number; cost: ReportNode }[] {
  const merged = new Map<string, { path: string[]; effective: number; cost: ReportNode }>();
  report.nodes.forEach((node, i) => {
    if (effectiveOf(node) === 0) return;
    const path = pathOf(report, i);
    const key = path.join("\n");
    const known = merged.get(key);
    if (!known) merged.set(key, { path, effective: effectiveOf(node), cost: { ...node } });
    else {
      known.effective += effectiveOf(node);
      known.cost.calls += node.calls;
      known.cost.cycles += node.cycles;
      known.cost.blake2s += node.blake2s;
      known.cost.u256 += node.u256;
    }
  });
  return [...merged.values()].sort((a, b) => b.effective - a.effective);
}

/** The last part of a name like `guest/stf/evm/interpreter/execute`, for paths. */
const short = (name: string): string => name.slice(name.lastIndexOf("/") + 1);
/** Long paths keep both ends. */
function shortPath(path: string[]): string {
  const names = path.map(short);
  return (names.length > 7 ? [...names.slice(0, 2), "…", ...names.slice(-4)] : names).join(" > ");
}

/** @param top rows of each table */
export function describeProfile(report: ProfileReport, top: number): string {
  const share = (value: number): string => `${((100 * value) / Math.max(1, report.effective)).toFixed(2)}%`;
  const parts: string[] = [
    [
      `${report.program}: ${formatCount(report.cycles)} cycles, ${formatCount(report.blake2s)} Blake2s, ${formatCount(report.u256)} U256`,
      `effective cycles ${formatCount(report.effective)} (cycles + 16 a Blake2s call + 4 a U256 call); every number below is exact`,
    ].join("\n"),
  ];
  const section = <T>(title: string, columns: Column[], all: readonly T[], cells: (row: T) => string[]): void => {
    if (all.length === 0) return;
    const rest = all.length > top ? `\n… ${formatCount(all.length - top)} more (--top ${all.length})` : "";
    parts.push(`${title}\n${formatTable(columns, all.slice(0, top).map(cells))}${rest}`);
  };
  const cost = [right("effective"), right("%"), ...COST];
  const costRow = (row: ReportCost): string[] => [formatCount(row.effective), share(row.effective), ...costCells(row)];
  if (report.sections.length > 1)
    section(
      "by transaction and phase",
      [...cost, { title: "what" }, { title: "hash" }],
      [...report.sections].sort((a, b) => b.effective - a.effective),
      (row) => [...costRow(row), row.name, row.hash ?? ""],
    );
  section(
    "by EVM opcode, with what it calls (two in one: the interpreter runs them in one go; a jump includes its JUMPDEST)",
    [
      { title: "opcode" },
      right("count"),
      right("effective"),
      right("%"),
      right("each"),
      right("gas"),
      right("cycles a gas"),
      ...COST,
    ],
    report.opcodes,
    (row) => [
      row.name,
      formatCount(row.count),
      formatCount(row.effective),
      share(row.effective),
      (row.effective / row.count).toFixed(1),
      row.gas === null ? "" : formatCount(row.gas),
      row.gas ? (row.effective / row.gas).toFixed(2) : "",
      ...costCells(row),
    ],
  );
  section(
    "by function: self is its own, total with what it calls",
    [
      right("self"),
      right("%"),
      right("total"),
      right("%"),
      right("calls"),
      right("self a call"),
      ...COST,
      { title: "function" },
    ],
    report.functions,
    ({ name, calls, self, total }) => [
      formatCount(self.effective),
      share(self.effective),
      formatCount(total.effective),
      share(total.effective),
      formatCount(calls),
      calls ? (self.effective / calls).toFixed(0) : "",
      ...costCells(self),
      name,
    ],
  );
  section(
    "by call path, self",
    [right("self"), right("%"), right("calls"), { title: "path" }],
    paths(report),
    ({ path, effective, cost: { calls } }) => [
      formatCount(effective),
      share(effective),
      formatCount(calls),
      shortPath(path),
    ],
  );
  if (report.lines.some(({ source }) => source !== null))
    section("by source line", [...cost, { title: "line" }], report.lines, (row) => [
      ...costRow(row),
      row.source ?? "(no line)",
    ]);
  return parts.join("\n\n");
}
