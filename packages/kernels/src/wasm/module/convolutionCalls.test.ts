import { describe, expect, it } from '@jest/globals';
import { GuardedMemory } from '../../testing/guardedMemory.ts';
import { normal } from '../../testing/normal.ts';

const [n, height, width, channels, filter, d] = [3, 5, 7, 6, 3, 11];
const size = filter * filter * channels;
const images = n * height * width;
// Strides of 1 and padding of 1, which keeps the size.
const windowValues = Int32Array.from([
  ...[height, width, channels, filter, filter, height, width, 1, 1, 1, 1, 1, 1],
]);

/** Writes the same values in one call and in several, last first, and compares all bits. */
function compareCuts(
  memory: GuardedMemory,
  count: number,
  run: (target: number, pieces: number) => void,
): void {
  const [whole, cut] = [memory.writable(count * 4), memory.writable(count * 4)];
  run(whole, 1);
  run(cut, 3);
  expect(memory.floats(whole, count)).toEqual(memory.floats(cut, count));
  expect(memory.floats(whole, count).every((x) => Math.abs(x) < 100)).toBe(true);
  expect(memory.isIntact()).toBe(true);
}

/** Ends of `pieces` parts of `count` things, uneven ones. */
function bounds(count: number, pieces: number): [number, number][] {
  const at = (i: number) => (i === pieces ? count : Math.floor((i * count) / (pieces + 0.5)));
  return Array.from({ length: pieces }, (_, i): [number, number] => [at(i), at(i + 1)]).reverse();
}

function pack(memory: GuardedMemory, rows: number, columns: number, isTransposed: boolean): number {
  const { module } = memory;
  const matrix = memory.operand(normal(rows * columns, 3));
  const packed = memory.writable(module.packedBytes(rows, columns));
  const [rowStride, columnStride] = isTransposed ? [1, rows] : [columns, 1];
  for (let block = 0; block < module.packedBlocks(rows); block++) {
    module.packColumns(
      ...([matrix, rows, columns, rows, 0, rowStride, columnStride, block, packed, 0] as const),
    );
  }
  return packed;
}

describe('for any division into calls, and without touching other memory,', () => {
  it('conv2d gives the same result', () => {
    const memory = new GuardedMemory();
    const { module } = memory;
    const windows = memory.operand(windowValues);
    const x = memory.operand(normal(images * channels, 1));
    const packed = pack(memory, size, d, false);
    const scratch = memory.writable(module.conv2dScratch(windows));
    compareCuts(memory, images * d, (target, pieces) => {
      for (const [first, end] of bounds(images, pieces)) {
        module.conv2d(windows, x, packed, d, first, end, target, scratch);
      }
    });
  });

  it('conv2dFilterGradient gives the same result', () => {
    const memory = new GuardedMemory();
    const { module } = memory;
    const windows = memory.operand(windowValues);
    const x = memory.operand(normal(images * channels, 1));
    const dy = memory.operand(normal(images * d, 2));
    const scratch = memory.writable(module.conv2dFilterGradientScratch(windows, d));
    compareCuts(memory, size * d, (target, pieces) => {
      for (const [row, endRow] of bounds(size, pieces)) {
        for (const [column, endColumn] of bounds(d, pieces)) {
          module.conv2dFilterGradient(
            ...([windows, x, dy, n, d, row, endRow, column, endColumn, target, scratch] as const),
          );
        }
      }
    });
  });

  it('conv2dInputGradient gives the same result', () => {
    const memory = new GuardedMemory();
    const { module } = memory;
    const windows = memory.operand(windowValues);
    const dy = memory.operand(normal(images * d, 2));
    const packed = pack(memory, d, size, true);
    const scratch = memory.writable(module.conv2dInputGradientScratch(windows, n, d));
    const image = height * width;
    compareCuts(memory, images * channels, (target, pieces) => {
      for (const [first, end] of bounds(n, pieces)) {
        const gradients = dy + first * image * d * 4;
        const dx = target + first * image * channels * 4;
        module.conv2dInputGradient(windows, gradients, packed, end - first, d, dx, scratch);
      }
    });
  });
});
