/** Text tables for people: columns as wide as their widest cell, numbers to the right. */

export interface Column {
  readonly title: string;
  readonly right?: boolean;
}

/** Lines of the table, the header first. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (columns[i].right ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join("  ")
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)].join("\n");
}

/** 1234567 → "1,234,567"; nothing stays nothing */
export function formatCount(value: number | bigint | ""): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}
