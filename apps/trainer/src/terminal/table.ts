/**
 * Rows of cells as lines of aligned columns, two spaces apart.
 *
 * @param left columns that are aligned to the left; the others are to the right
 */
export function table(
  rows: readonly (readonly string[])[],
  { left = [] }: { left?: readonly number[] } = {},
): string[] {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]!.length)),
  );
  return rows.map((row) =>
    row
      .map((cell, i) => (left.includes(i) ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}
