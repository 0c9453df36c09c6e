/** What goes to people: colours on a terminal only (https://no-color.org), numbers with separators, progress on stderr. */

const wanted = (stream: { isTTY?: boolean }) =>
  stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";

function painter(stream: { isTTY?: boolean }) {
  const paint = (code: number) => (text: string) => (wanted(stream) ? `\x1b[${code}m${text}\x1b[0m` : text);
  return { bold: paint(1), dim: paint(2), red: paint(31), green: paint(32), yellow: paint(33) };
}

/** Styles for text that goes to stdout, and to stderr. */
export const out = painter(process.stdout);
export const err = painter(process.stderr);

/** One JSON document on stdout, and nothing else. */
export function printJson(value: unknown): void {
  process.stdout.write(JSON.stringify(value, undefined, 2) + "\n");
}

export const count = (n: number) => n.toLocaleString("en-US");
export const hex = (n: number) => "0x" + (n >>> 0).toString(16).padStart(8, "0");

export function bytes(n: number): string {
  return n < 10_000 ? `${count(n)} bytes` : `${(n / 1024).toFixed(1)} KiB`;
}

/** A line that is written over and over on a terminal, and not at all elsewhere. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
}
