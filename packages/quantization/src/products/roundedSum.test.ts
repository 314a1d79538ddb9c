import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { backendNamed } from '@dpquant/operations';
import type { ReadOperand } from '../operand.ts';
import { normal } from '../testing/values.ts';
import { conv2dProduct, conv2dTransposeProduct } from './conv2d.ts';
import type { LinearProduct } from './linearProduct.ts';
import { matMulProduct } from './matMul.ts';
import {
  conv2dTerms,
  matMulTerms,
  referenceProducts,
  type Conv2dTermsOptions,
  type ProductTerms,
} from './reference.ts';
import { transposed } from './roundedSum.ts';
import { roundedSumOperations } from './roundedSumOperations.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const rint = (x: number) => x + 1.5 * 2 ** 52 - 1.5 * 2 ** 52;

interface Layer {
  readonly product: LinearProduct;
  readonly terms: ProductTerms;
  /** Shapes of one example. */
  readonly input: number[];
  readonly output: number[];
}

function conv2dLayer(options: Conv2dTermsOptions): Layer {
  const { input, filter, strides, padding } = options;
  const terms = conv2dTerms(options);
  const geometry = { inputShape: [1, ...input], filterShape: filter, strides, padding } as const;
  const info = tf.backend_util.computeConv2DInfo(
    [1, ...input],
    [...filter],
    [...strides],
    1,
    padding,
  );
  return {
    product: conv2dProduct(geometry),
    terms,
    input: [...input],
    output: info.outShape.slice(1),
  };
}

const layers: Record<string, Layer> = {
  'matMul at one position': {
    product: matMulProduct,
    terms: matMulTerms(1, 5, 3),
    input: [5],
    output: [3],
  },
  'matMul at 2·3 positions': {
    product: matMulProduct,
    terms: matMulTerms(6, 4, 3),
    input: [2, 3, 4],
    output: [2, 3, 3],
  },
  conv2d: conv2dLayer({ input: [5, 6, 2], filter: [3, 2, 2, 3], strides: [2, 1], padding: 'same' }),
  'conv2d at one position, whose window reaches over the image': conv2dLayer({
    input: [2, 1, 2],
    filter: [3, 3, 2, 3],
    strides: [2, 1],
    padding: 'same',
  }),
  'conv2d at one position, whose window is a part of the image': conv2dLayer({
    input: [4, 3, 2],
    filter: [2, 2, 2, 3],
    strides: [3, 2],
    padding: 'valid',
  }),
};

/** Normal values, as floats or as codes with a scale an example. */
function operand(kind: 'float' | 'codes', n: number, shape: number[], seed: number): ReadOperand {
  const values = normal(n * tf.util.sizeFromShape(shape), seed);
  if (kind === 'float') return { codes: tf.tensor(values, [n, ...shape]), scales: null };
  const codes = values.map((value) => Math.max(-127, Math.min(127, Math.round(40 * value))));
  return {
    codes: tf.tensor(codes, [n, ...shape]),
    scales: normal(n, seed + 1).map((scale) => Math.abs(scale) + 0.01),
    largestInteger: 127,
  };
}

/** Some examples of an operand. */
function pick(x: ReadOperand, indices: readonly number[]): ReadOperand {
  const codes = tf.gather(x.codes, tf.tensor1d([...indices], 'int32'));
  return { ...x, codes, scales: x.scales && Float32Array.from(indices, (i) => x.scales![i]!) };
}

/** The operand with one example spoilt. */
function spoilt(x: ReadOperand, example: number, value: number): ReadOperand {
  const values = x.codes.dataSync<'float32'>().slice();
  const size = values.length / x.codes.shape[0];
  values.fill(value, example * size, (example + 1) * size);
  return { ...x, codes: tf.tensor(values, x.codes.shape) };
}

describe.each(Object.keys(layers))('the rounded sum of %s', (name) => {
  const { product, terms, input, output } = layers[name]!;

  it.each(['float', 'codes'] as const)('of %s is Σ rint(fl(factor·gradient))', async (kind) => {
    const n = 4;
    const before = tf.memory().numTensors;
    const [a, dy] = [operand(kind, n, input, 1), operand(kind, n, output, 5)];
    // So large that the last bits of float32 show in the whole numbers.
    const most = kind === 'codes' ? 150 : 3.3e5;
    const factors = Float32Array.of(most, 0, most / 1000, most / 1.7);
    const folded = factors.map((f, i) => f * (a.scales?.[i] ?? 1) * (dy.scales?.[i] ?? 1));
    const isSinglePosition = terms.outputSize === 3;
    // At one position the factor is in the output gradients before they are multiplied.
    const outputGradient = dy.codes
      .dataSync<'float32'>()
      .map((value, i) => (isSinglePosition ? value * folded[Math.floor(i / 3)]! : value));
    // The backend sums up to 48 positions in float64, and rounds once.
    const { weightGradients } = referenceProducts(terms, n, {
      input: a.codes.dataSync<'float32'>(),
      weight: new Float64Array(terms.weightSize),
      outputGradient,
    });
    for (let example = 0; example < n; example++) {
      const own = factors.map((factor, i) => (i === example ? factor : 0));
      const found = await product.roundedWeightGradient(a, dy, own);
      expect(found).toHaveLength(terms.weightSize);
      found.forEach((whole, j) => {
        const gradient = Math.fround(weightGradients[example * terms.weightSize + j]!);
        const factor = isSinglePosition ? Math.sign(factors[example]!) : folded[example]!;
        expect(whole).toBe(rint(Math.fround(factor * gradient)));
      });
    }
    tf.dispose([a.codes, dy.codes]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("is the sum of each example's own contribution, to the bit, in any batch", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom('float' as const, 'codes' as const),
        fc.nat(1000),
        fc.constantFrom(NaN, Infinity, 1e30, 0, 3.4e38),
        async (n, kind, seed, bad) => {
          const [a, dy] = [operand(kind, n, input, seed), operand(kind, n, output, seed + 7)];
          const factors = normal(n, seed).map((value, i) => (i === 2 ? 0 : 2e4 * Math.abs(value)));
          const together = await product.roundedWeightGradient(
            n > 2 ? spoilt(a, 2, bad) : a,
            n > 2 ? spoilt(dy, 2, bad) : dy,
            factors,
          );
          const sum = new Int32Array(together.length);
          for (const example of [...factors.keys()].reverse()) {
            if (factors[example] === 0) continue;
            const alone = await product.roundedWeightGradient(
              pick(a, [example]),
              pick(dy, [example]),
              Float32Array.of(factors[example]!),
            );
            alone.forEach((value, j) => (sum[j]! += value));
          }
          expect(together).toEqual(sum);
        },
      ),
      { numRuns: 60, seed: 3 },
    );
  });
});

it('at one position multiplies the factor into the output gradient, and rounds ties to even', async () => {
  const a = { codes: tf.tensor2d([[0.5, 1.5, -0.5, -1.5, 1 / 3]]), scales: null };
  const dy = { codes: tf.tensor2d([[1, 5, 0.1]]), scales: null };
  const factor = Math.fround(1.7);
  const found = await matMulProduct.roundedWeightGradient(a, dy, Float32Array.of(1));
  expect([...found].filter((_, i) => i % 3 < 2)).toEqual([0, 2, 2, 8, 0, -2, -2, -8, 0, 2]);
  const scaled = await matMulProduct.roundedWeightGradient(
    a,
    { ...dy, codes: tf.tensor2d([[4e5, 5e5, 6e5]]) },
    Float32Array.of(factor),
  );
  const values = a.codes.dataSync<'float32'>();
  const expected = [4e5, 5e5, 6e5].map((b) => Math.fround(factor * b));
  const last = (j: number) => Math.fround(values[4]! * expected[j]!);
  expect([...scaled.slice(12)]).toEqual([last(0), last(1), last(2)].map((x) => Math.round(x)));
});

it('goes chunk by chunk, and supports sums beyond exact float32', async () => {
  // Two examples of 2²⁰ positions are a piece; 5·(2²² − 1) is an odd number of more than 24 bits.
  const [n, positions] = [6, 2 ** 20];
  const gradients = new Float32Array(n * positions).fill(4);
  for (let i = 0; i < n; i++) gradients[i * positions] = 3;
  const a = { codes: tf.ones([n, positions, 1]), scales: null };
  const dy = { codes: tf.tensor(gradients, [n, positions, 1]), scales: null };
  const factors = Float32Array.of(1, 1, 1, 0, 1, 1);
  const sum = await matMulProduct.roundedWeightGradient(a, dy, factors);
  expect([...sum]).toEqual([5 * (2 ** 22 - 1)]);
});

it('of a transposed convolution has inputs and output gradients swapped', async () => {
  const geometry = {
    inputShape: [1, 4, 4, 2],
    filterShape: [2, 2, 2, 3],
    strides: [2, 2],
    padding: 'same',
  } as const;
  const [x, dy] = [operand('float', 2, [2, 2, 3], 1), operand('float', 2, [4, 4, 2], 2)];
  const factors = Float32Array.of(1e5, 2e5);
  const found = await conv2dTransposeProduct(geometry).roundedWeightGradient(x, dy, factors);
  expect(found).toEqual(await conv2dProduct(geometry).roundedWeightGradient(dy, x, factors));
  expect(found.some((value) => value !== 0)).toBe(true);
});

it('leaves out an example whose folded factor is outside float32', async () => {
  const operands = (scale: number): [ReadOperand, ReadOperand] => [
    { codes: tf.ones([1, 2, 2]), scales: Float32Array.of(scale), largestInteger: 1 },
    { codes: tf.zeros([1, 2, 2]), scales: Float32Array.of(scale), largestInteger: 1 },
  ];
  for (const scale of [1e30, 1e-30]) {
    const factors = Float32Array.of(1);
    const found = await matMulProduct.roundedWeightGradient(...operands(scale), factors);
    expect([...found]).toEqual([0, 0, 0, 0]);
  }
});

it("is computed by the backend's kernel, with folded factors", async () => {
  const cpu = backendNamed('cpu');
  const seen: unknown[] = [];
  tf.registerKernel(
    roundedSumOperations.matMul.on(cpu, (_backend, { a, dy }, { factors, areIntegers }) => {
      seen.push([a.shape, dy.shape, [...factors], areIntegers]);
      return tf.tensor2d([1, 2, 3, 4, 5, 2 ** 30 + 1], [3, 2], 'int32');
    }),
  );
  try {
    const codes = (shape: number[], scale: number): ReadOperand => ({
      codes: tf.ones(shape),
      scales: Float32Array.of(scale),
      largestInteger: 7,
    });
    const sumOf = (positions: number[]) =>
      matMulProduct.roundedWeightGradient(
        codes([1, ...positions, 3], 2),
        codes([1, ...positions, 2], 4),
        Float32Array.of(0.5),
      );
    expect(await sumOf([5])).toEqual(Int32Array.of(1, 2, 3, 4, 5, 2 ** 30 + 1));
    await sumOf([]);
    expect(seen).toEqual([
      [[1, 5, 3], [1, 5, 2], [4], true],
      [[1, 3], [1, 2], [4], false],
    ]);
  } finally {
    tf.unregisterKernel(roundedSumOperations.matMul.name, 'cpu');
  }
});

it('can be transposed', () => {
  expect([...transposed(Int32Array.of(1, 2, 3, 4, 5, 6), 2, 3)]).toEqual([1, 4, 2, 5, 3, 6]);
});
