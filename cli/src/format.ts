/** Control characters would move the cursor, or worse. */
const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\u{FFFD}");

/** Code points: good enough for names and keys. */
const width = (text: string): number => Array.from(text).length;

/** Columns as wide as their widest cell; the last one ends where its text ends. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const all = [head, ...rows].map((row) => row.map(printable));
  const widths = head.map((_, column) => Math.max(...all.map((row) => width(row[column] ?? ""))));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
};

export const bytes = (count: number): string =>
  count < 10_000
    ? `${count} B`
    : count < 1_048_576
      ? `${Math.round(count / 1024)} KiB`
      : `${(count / 1_048_576).toFixed(1)} MiB`;

/** `2026-11-24 16:05` of the person's own clock. */
export const when = (time: number): string => {
  const date = new Date(time);
  const two = (figure: number): string => String(figure).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
};

export const seconds = (milliseconds: number): string =>
  milliseconds < 9950 ? `${(milliseconds / 1000).toFixed(1)} s` : `${Math.round(milliseconds / 1000)} s`;
