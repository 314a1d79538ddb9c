import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { backendNamed } from '@dpquant/operations';
import type { ReadOperand } from '../operand.ts';
import { normal } from '../testing/values.ts';
import { gradientNormOperations, gradientNormPartOperations } from './gradientNormOperations.ts';
import { matMulProduct } from './matMul.ts';
import { float32Distance } from './roundingBounds.ts';
import { roundedSumOperations } from './roundedSumOperations.ts';

const operations = [
  gradientNormOperations.matMul,
  gradientNormPartOperations.matMul,
  roundedSumOperations.matMul,
];

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});
afterEach(() => {
  for (const { name } of operations) {
    if (tf.getKernel(name, 'cpu')) tf.unregisterKernel(name, 'cpu');
  }
});

const cpu = backendNamed('cpu');
const sizes = { positions: 100, p: 6, d: 5 };
/** What the kernels say of an example: ‖AᵀB‖², ‖A‖², ‖B‖². */
const found = [400, 36, 49] as const;
const distance = float32Distance(sizes, { ofA: found[1], ofB: found[2] });

function registerNorms() {
  tf.registerKernel(
    gradientNormOperations.matMul.on(cpu, () =>
      tf.tensor(new Int32Array(Float64Array.from(found).buffer), [1, 3, 2], 'int32'),
    ),
  );
}
function registerParts(parts: readonly number[]) {
  tf.registerKernel(
    gradientNormPartOperations.matMul.on(cpu, () => tf.tensor([...parts], [1, 3, 1])),
  );
}
function registerSum() {
  tf.registerKernel(
    roundedSumOperations.matMul.on(cpu, () => tf.zeros([sizes.p, sizes.d], 'int32')),
  );
}

async function boundOf(largestInteger?: number, isGhost = false): Promise<number> {
  const operand = (channels: number, seed: number): ReadOperand => ({
    codes: tf.tensor(normal(sizes.positions * channels, seed), [1, sizes.positions, channels]),
    scales: null,
    ...(largestInteger === undefined ? {} : { largestInteger }),
  });
  const [squared] = await matMulProduct.squaredWeightGradientNorms(
    operand(sizes.p, 1),
    operand(sizes.d, 2),
    isGhost ? 'ghost' : 'instantiate',
  );
  return Math.sqrt(squared!);
}

describe("the bound from a kernel's norms", () => {
  const near = (expected: number) => (bound: number) => {
    expect(bound).toBeGreaterThanOrEqual(expected * (1 - 1e-15));
    expect(bound).toBeLessThan(expected * (1 + 1e-9));
  };

  it('adds no rounding error if norm and sum use the same values', async () => {
    registerNorms();
    registerSum();
    near(20)(await boundOf());
    // A ghost norm is of another product.
    near(20 + distance)(await boundOf(undefined, true));
  });

  it('adds the rounding errors of both if the sum is composed', async () => {
    registerNorms();
    near(20 + 2 * distance)(await boundOf());
    near(20 + distance)(await boundOf(undefined, true));
  });

  it('adds no rounding error for whole numbers that are summed exactly', async () => {
    registerNorms();
    // 100·127·127 is exact in float32.
    near(20)(await boundOf(127));
    near(20)(await boundOf(127, true));
    // Codes of more than eight bits are no integers to a kernel, and not exact in float32.
    near(20 + 2 * distance)(await boundOf(2 ** 10));
  });

  it('of float32 parts includes both rounding errors and those of the parts', async () => {
    registerParts(found);
    registerSum();
    const bound = await boundOf();
    expect(bound).toBeGreaterThan(20 + 2 * distance);
    expect(bound).toBeLessThan((20 + 2 * distance) * (1 + 1e-5));
  });

  it("is that of plain loops if a device's float32 overflows or is too inaccurate", async () => {
    const plain = await boundOf();
    for (const parts of [
      [Infinity, 36, 49],
      [400, Infinity, 49],
      [1e-12, 36, 49],
    ]) {
      registerParts(parts);
      expect(await boundOf()).toBe(plain);
      tf.unregisterKernel(gradientNormPartOperations.matMul.name, 'cpu');
    }
  });
});
