import { elementCount } from './assembleBatch.ts';
import type { ExamplePart } from './exampleParts.ts';

/**
 * Separates the parts of rows: [count, length of all parts] becomes one [count, …shape] per part,
 * in the order of the parts.
 *
 * @throws RangeError if the rows are not as long as all parts together
 */
export function cutRows(
  rows: Float32Array,
  count: number,
  parts: readonly Pick<ExamplePart, 'shape'>[],
): Float32Array[] {
  const lengths = parts.map(({ shape }) => elementCount(shape));
  const rowLength = lengths.reduce((a, b) => a + b, 0);
  if (rows.length !== count * rowLength) {
    throw new RangeError(
      `parts: expected ${count} rows of the ${rowLength} numbers of all parts, got ${rows.length} numbers`,
    );
  }
  let offset = 0;
  return lengths.map((length) => {
    const values = new Float32Array(count * length);
    for (let row = 0; row < count; row++) {
      const start = row * rowLength + offset;
      values.set(rows.subarray(start, start + length), row * length);
    }
    offset += length;
    return values;
  });
}
