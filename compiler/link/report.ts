/** Sizes of an image: for `windproof inspect`, budgets and regression tests. All in bytes. */
import type { Layout } from "./layout.ts";
import { ROM_SIZE } from "./memory-map.ts";

export interface SizeReport {
  /** from address 0 to the last byte used */
  readonly image: number;
  readonly rom: number;
  readonly code: number;
  /** constants and tables that the compiler made */
  readonly constants: number;
  /** static data of the program in ROM */
  readonly staticData: number;
  /** largest first */
  readonly functions: readonly { readonly name: string; readonly bytes: number; readonly frame: number }[];
}

export function makeReport(layout: Layout): SizeReport {
  const sum = (ranges: readonly { start: number; end: number }[]): number =>
    ranges.reduce((total, { start, end }) => total + end - start, 0);
  return {
    image: layout.size,
    rom: ROM_SIZE,
    code: sum(layout.functions),
    constants: sum(layout.data),
    staticData: sum(layout.fixed),
    functions: layout.functions
      .map(({ item, start, end }) => ({ name: item.displayName, bytes: end - start, frame: item.frameSize }))
      .sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1)),
  };
}

/** The report as lines for people. */
export function formatReport(report: SizeReport, functions = 20): string {
  const percent = ((100 * report.image) / report.rom).toFixed(1);
  const lines = [
    `image ${report.image} bytes (${percent} % of ROM): code ${report.code}, constants ${report.constants}, static data ${report.staticData}`,
    "   bytes  frame  function",
  ];
  for (const { name, bytes, frame } of report.functions.slice(0, functions)) {
    lines.push(`${String(bytes).padStart(8)}  ${String(frame).padStart(5)}  ${name}`);
  }
  const rest = report.functions.length - functions;
  if (rest > 0) lines.push(`   and ${rest} more`);
  return lines.join("\n");
}
