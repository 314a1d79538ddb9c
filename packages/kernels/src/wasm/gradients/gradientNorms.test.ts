import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { Shape4D } from '@dpquant/operations';
import {
  conv2dProduct,
  gradientNormOperations,
  matMulProduct,
  type LinearProduct,
  type ReadOperand,
} from '@dpquant/quantization';
import { SeededRandom, uniformInteger } from '@dpquant/random';
import { normal } from '../../testing/normal.ts';
import { startWasm } from '../../testing/startWasm.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

const unitRoundoff = 2 ** -24;

/** Two operands of a weight gradient, its product, and the kernel that takes its norms. */
interface Case {
  readonly name: string;
  readonly aShape: number[];
  readonly dyShape: number[];
  readonly product: LinearProduct;
  readonly kernel: string;
  readonly attributes: object;
}

function matMulCase(n: number, positions: number, p: number, d: number): Case {
  return {
    name: `matMul [${n}, ${positions}, ${p}], [${n}, ${positions}, ${d}]`,
    aShape: [n, positions, p],
    dyShape: [n, positions, d],
    product: matMulProduct,
    kernel: gradientNormOperations.matMul.name,
    attributes: {},
  };
}

function conv2dCase(
  inputShape: Shape4D,
  filterShape: Shape4D,
  strides: [number, number],
  padding: 'same' | 'valid',
): Case {
  const info = tf.backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, padding);
  return {
    name: `conv2d [${inputShape}], filter [${filterShape}], strides [${strides}], ${padding}`,
    aShape: inputShape,
    dyShape: info.outShape,
    product: conv2dProduct({ inputShape, filterShape, strides, padding }),
    kernel: gradientNormOperations.conv2d.name,
    attributes: { filterShape, strides, pad: padding },
  };
}

const random = new SeededRandom(7, 'shapes');
const upTo = (limit: number) => 1 + uniformInteger(random, limit);
const cases = [
  matMulCase(2, 1, 5, 3),
  matMulCase(1, 2, 1, 1),
  matMulCase(2, 64, 32, 24),
  conv2dCase([2, 12, 12, 8], [3, 3, 8, 16], [1, 1], 'same'),
  conv2dCase([2, 9, 7, 4], [3, 3, 4, 5], [2, 2], 'same'),
  conv2dCase([2, 28, 28, 1], [8, 8, 1, 16], [2, 2], 'same'),
  conv2dCase([1, 2, 2, 3], [5, 5, 3, 2], [1, 1], 'same'),
  conv2dCase([2, 8, 8, 4], [1, 1, 4, 8], [3, 2], 'valid'),
];
for (let i = 0; i < 20; i++) cases.push(matMulCase(2, upTo(20), upTo(21), upTo(19)));
for (let i = 0; i < 40; i++) {
  const [height, width, channels] = [upTo(11), upTo(11), upTo(9)];
  const filter: Shape4D = [upTo(Math.min(height, 5)), upTo(Math.min(width, 5)), channels, upTo(17)];
  const padding = i % 2 === 0 ? 'same' : 'valid';
  cases.push(conv2dCase([2, height, width, channels], filter, [upTo(3), upTo(3)], padding));
}

/** ‖AᵀB‖², ‖A‖², ‖B‖² of every example in float64, by plain loops over the unfolded operands. */
function oracle({ product, aShape, dyShape }: Case, a: Float32Array, dy: Float32Array) {
  const [x, gradients] = [tf.tensor(a, aShape), tf.tensor(dy, dyShape)];
  const { inputs, outputGradients } = product.unfold(x, gradients);
  const [n, positions, p] = inputs.shape;
  const d = outputGradients.shape[2];
  const [left, right] = [inputs.dataSync<'float32'>(), outputGradients.dataSync<'float32'>()];
  tf.dispose([x, gradients, inputs, outputGradients]);
  const squares = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
  return Array.from({ length: n }, (_, example) => {
    let ofProduct = 0;
    for (let i = 0; i < p; i++) {
      for (let j = 0; j < d; j++) {
        let entry = 0;
        for (let t = example * positions; t < (example + 1) * positions; t++) {
          entry += left[t * p + i]! * right[t * d + j]!;
        }
        ofProduct += entry * entry;
      }
    }
    const ofA = squares(left.subarray(example * positions * p, (example + 1) * positions * p));
    const ofB = squares(right.subarray(example * positions * d, (example + 1) * positions * d));
    return { ofProduct, ofA, ofB, positions };
  });
}

/** The three squared norms of every example by the kernel. */
function byKernel(
  { kernel, attributes, aShape, dyShape }: Case,
  a: Float32Array,
  dy: Float32Array,
  isGhost: boolean,
): Float64Array {
  const inputs = { a: tf.tensor(a, aShape), dy: tf.tensor(dy, dyShape) };
  const result = tf.engine().runKernel<tf.Tensor>(kernel, inputs, { ...attributes, isGhost });
  const words = result.dataSync<'int32'>().slice();
  tf.dispose([inputs, result]);
  return new Float64Array(words.buffer);
}

/** Bounds of the norms as the layer gets them. */
async function bounds(
  { product, aShape, dyShape }: Case,
  a: Float32Array,
  dy: Float32Array,
): Promise<number[]> {
  const operand = (values: Float32Array, shape: number[]): ReadOperand => ({
    codes: tf.tensor(values, shape),
    scales: null,
  });
  const [inputs, gradients] = [operand(a, aShape), operand(dy, dyShape)];
  const squared = await product.squaredWeightGradientNorms(inputs, gradients);
  tf.dispose([inputs.codes, gradients.codes]);
  return Array.from(squared, Math.sqrt);
}

const sizeOf = tf.util.sizeFromShape;

describe.each(cases)('$name', (test) => {
  const a = normal(sizeOf(test.aShape), 1);
  const dy = normal(sizeOf(test.dyShape), 2);

  it.each([false, true])('has the norms of plain loops (ghost: %s)', (isGhost) => {
    const before = tf.memory().numTensors;
    const norms = byKernel(test, a, dy, isGhost);
    const expected = oracle(test, a, dy);
    expect(tf.memory().numTensors).toBe(before);
    expect(norms.length).toBe(3 * expected.length);
    expected.forEach(({ ofProduct, ofA, ofB, positions }, i) => {
      const [product, inputs, gradients] = norms.subarray(3 * i, 3 * i + 3);
      const factors = Math.sqrt(ofA * ofB);
      const rounding = isGhost || positions === 1 ? 0 : (1 + Math.sqrt(positions)) * unitRoundoff;
      const error = Math.abs(Math.sqrt(product!) - Math.sqrt(ofProduct));
      expect(error).toBeLessThanOrEqual((rounding + 1e-12) * factors);
      expect(Math.abs(inputs! - ofA)).toBeLessThanOrEqual(1e-13 * ofA);
      expect(Math.abs(gradients! - ofB)).toBeLessThanOrEqual(1e-13 * ofB);
    });
  });

  it('has a tight upper bound', async () => {
    const before = tf.memory().numTensors;
    const found = await bounds(test, a, dy);
    expect(tf.memory().numTensors).toBe(before);
    oracle(test, a, dy).forEach(({ ofProduct, ofA, ofB, positions }, i) => {
      const norm = Math.sqrt(ofProduct);
      const rounding = (positions + 2) * unitRoundoff * Math.sqrt(ofA * ofB);
      // What is bounded are the values of float32.
      expect(found[i]).toBeGreaterThanOrEqual(norm - rounding);
      expect(found[i]).toBeLessThanOrEqual((norm + 2 * rounding) * (1 + 1e-6));
    });
  });
});

const image = conv2dCase([3, 16, 16, 4], [3, 3, 4, 8], [1, 1], 'same');
const dense = matMulCase(3, 256, 24, 16);

describe.each([image, dense])('norms of $name', (test) => {
  const a = normal(sizeOf(test.aShape), 3);
  const dy = normal(sizeOf(test.dyShape), 4);

  it.each([NaN, Infinity, -Infinity])('are not finite for an example with %s', async (bad) => {
    const clean = await bounds(test, a, dy);
    for (const isInput of [true, false]) {
      const spoilt = (isInput ? a : dy).slice();
      const size = spoilt.length / 3;
      spoilt[size + 5] = bad;
      // Zeros of the other operand do not hide it.
      const other = (isInput ? dy : a).slice();
      other.fill(0, other.length / 3, (2 * other.length) / 3);
      const found = isInput ? await bounds(test, spoilt, other) : await bounds(test, other, spoilt);
      expect(found.map(Number.isFinite)).toEqual([true, false, true]);
      expect([found[0], found[2]]).toEqual([clean[0], clean[2]]);
    }
  });

  it('are finite as long as float32 products cannot overflow', async () => {
    const times = (factor: number) =>
      bounds(
        test,
        a.map((x) => x * 1e10),
        dy.map((x) => x * factor),
      );
    const large = await times(1e20);
    oracle(test, a, dy).forEach(({ ofProduct }, i) => {
      expect(large[i]! / 1e30 / Math.sqrt(ofProduct)).toBeCloseTo(1, 2);
    });
    expect(await times(1e30)).toEqual([NaN, NaN, NaN]);
  });

  it('are zero for zeros', async () => {
    expect(await bounds(test, a, new Float32Array(dy.length))).toEqual([0, 0, 0]);
  });
});

it('has an equally tight bound if the product cancels: A = 10⁴ + N(0, 1), B centred over positions', async () => {
  const [positions, p, d] = [256, 24, 16];
  const test = conv2dCase([1, 16, 16, p], [1, 1, p, d], [1, 1], 'same');
  const a = normal(positions * p, 5).map((x) => 1e4 + x);
  const dy = normal(positions * d, 6);
  for (let j = 0; j < d; j++) {
    let mean = 0;
    for (let t = 0; t < positions; t++) mean += dy[t * d + j]! / positions;
    for (let t = 0; t < positions; t++) dy[t * d + j]! -= mean;
  }
  const [{ ofProduct, ofA, ofB }] = oracle(test, a, dy) as [ReturnType<typeof oracle>[0]];
  const truth = Math.sqrt(ofProduct);
  const rounding = (positions + 2) * unitRoundoff * Math.sqrt(ofA * ofB);
  for (const bound of [
    (await bounds(test, a, dy))[0]!,
    (await bounds(matMulCase(1, positions, p, d), a, dy))[0]!,
  ]) {
    expect(bound).toBeGreaterThanOrEqual(truth - rounding);
    expect(bound).toBeLessThanOrEqual((truth + rounding) * (1 + 1e-6));
  }
});

it('ignores pixels that no window contains', async () => {
  const test = conv2dCase([1, 5, 5, 2], [1, 1, 2, 3], [2, 2], 'valid');
  const a = normal(50, 7);
  const dy = normal(27, 8);
  const spoilt = a.slice();
  spoilt[2] = NaN;
  expect(await bounds(test, spoilt, dy)).toEqual(await bounds(test, a, dy));
});

it('gives the same result when the memory grows between two runs', async () => {
  const a = normal(sizeOf(image.aShape), 9);
  const dy = normal(sizeOf(image.dyShape), 10);
  const before = await bounds(image, a, dy);
  const backend = tf.backend() as unknown as { wasm: { asm: { memory: WebAssembly.Memory } } };
  const bytes = backend.wasm.asm.memory.buffer.byteLength;
  const large = tf.zeros([bytes / 4]);
  large.dataSync();
  expect(backend.wasm.asm.memory.buffer.byteLength).toBeGreaterThan(bytes);
  expect(await bounds(image, a, dy)).toEqual(before);
  large.dispose();
});
