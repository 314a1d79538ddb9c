import { expect, it } from '@jest/globals';
import { GuardedMemory } from '../../testing/guardedMemory.ts';
import { normal } from '../../testing/normal.ts';

// One image of 5×7 pixels with 6 channels, windows of 3×3 with padding of 1, which keeps the size.
const [height, width, channels, filter] = [5, 7, 6, 3];
const pixels = height * width;
const size = pixels * channels;
const windowValues = Int32Array.from([
  ...[height, width, channels, filter, filter, height, width, 1, 1, 1, 1, 1, 1],
]);

/** Has `run` write `counts` values, and checks that it wrote all of them and nothing else. */
function checkWrites(
  counts: number[],
  run: (memory: GuardedMemory, targets: number[]) => void,
): void {
  const memory = new GuardedMemory();
  const targets = counts.map((count) => memory.writable(count * 4));
  run(memory, targets);
  counts.forEach((count, i) => {
    // Bytes that are not written are 77, which is about 2·10⁸ as a float32.
    expect(memory.floats(targets[i]!, count).every((x) => Math.abs(x) < 1000)).toBe(true);
  });
  expect(memory.isIntact()).toBe(true);
}

it('group normalization, forward and backward, touches only operands, results and scratch', () => {
  const groups = 2;
  checkWrites(
    [size, groups * 2, size, channels, channels],
    (memory, [y, statistics, dx, dGamma, dBeta]) => {
      const { module } = memory;
      const [x, dy] = [memory.operand(normal(size, 1)), memory.operand(normal(size, 2))];
      const gamma = memory.operand(normal(channels, 3));
      const beta = memory.operand(normal(channels, 4));
      const forth = memory.writable(module.groupNormalizationScratch(channels));
      const back = memory.writable(module.groupNormalizationGradientScratch(channels));
      module.groupNormalization(
        ...([x, gamma, beta, pixels, channels, groups, 1e-5, y!, statistics!, forth] as const),
      );
      module.groupNormalizationGradient(
        ...([x, dy, gamma, statistics!, pixels, channels, groups] as const),
        ...([dx!, dGamma!, dBeta!, back] as const),
      );
    },
  );
});

it("max pooling's gradient touches only operands and result", () => {
  checkWrites([size], (memory, [dx]) => {
    const windows = memory.operand(windowValues);
    const [x, dy] = [memory.operand(normal(size, 1)), memory.operand(normal(size, 2))];
    memory.module.maxPoolGradient(windows, x, dy, dx!, 0);
  });
});

it('pooling touches only operands and results', () => {
  checkWrites([size, size, size, size], (memory, [mean, maximum, y, places]) => {
    const { module } = memory;
    const windows = memory.operand(windowValues);
    const x = memory.operand(normal(size, 1));
    module.averagePool(windows, x, mean!, 0);
    module.maxPool(windows, x, maximum!, 0);
    module.maxPoolWithPlaces(windows, x, 0, y!, places!, 0);
  });
});

it.each([1, 2])(
  'depthwise gradients touch nothing but operands and results, multiplier %d',
  (multiplier) => {
    const columns = channels * multiplier;
    checkWrites([size, 9 * columns], (memory, [dx, dw]) => {
      const { module } = memory;
      const windows = memory.operand(windowValues);
      const x = memory.operand(normal(size, 1));
      const dy = memory.operand(normal(pixels * columns, 2));
      const weights = memory.operand(normal(9 * columns, 3));
      module.depthwiseInputGradient(windows, dy, weights, multiplier, dx!, 0);
      for (let tap = 8; tap >= 0; tap--) {
        const target = dw! + tap * columns * 4;
        module.depthwiseFilterGradient(windows, x, dy, 1, multiplier, tap, target, 0);
      }
    });
  },
);

it('sums of segments touch only operands, result and scratch', () => {
  const [rows, rowSize, segments] = [9, 22, 3];
  checkWrites([segments * rowSize], (memory, [target]) => {
    const { module } = memory;
    const x = memory.operand(normal(rows * rowSize, 1));
    const ids = memory.operand(Int32Array.of(0, 2, -1, 1, 3, 2, 0, 1, 1));
    const scratch = memory.writable(module.segmentSumScratch(segments, 16));
    for (const [first, columns] of [
      [16, 6],
      [0, 16],
    ] as const) {
      module.segmentSum(x, ids, rows, rowSize, segments, first, columns, target!, scratch);
    }
  });
});
