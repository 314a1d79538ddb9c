import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import {
  conv2dProduct,
  gradientNormOperations,
  integerOperations,
  matMulProduct,
  matMulTerms,
  referenceProducts,
  type LinearProduct,
  type ReadOperand,
  type ProductTerms,
} from '@dpquant/quantization';
import { SeededRandom, uniformInteger } from '@dpquant/random';
import {
  bitsOf,
  codesOf,
  convolutionCase,
  convolutionCases,
  type Codes,
} from '../../testing/integers.ts';
import { describeWithDots } from '../../testing/describeWithDots.ts';
import { startWasm } from '../../testing/startWasm.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

const { fround } = Math;

/** A layer: how its weight gradient is formed, and by which kernels. */
interface Layer {
  readonly name: string;
  readonly aShape: number[];
  readonly dyShape: number[];
  readonly terms: ProductTerms;
  readonly product: LinearProduct;
  readonly kernels: { readonly sum: string; readonly norms: string };
  /** What the kernel calls its inputs. */
  readonly inputName: 'a' | 'x';
  readonly attributes: object;
}

function dense(n: number, positions: number, p: number, d: number): Layer {
  return {
    name: `matMul of ${n}·${positions} rows, ${p}×${d}`,
    aShape: [n, positions, p],
    dyShape: [n, positions, d],
    terms: matMulTerms(positions, p, d),
    product: matMulProduct,
    kernels: {
      sum: integerOperations.matMulWeightGradient.name,
      norms: gradientNormOperations.matMul.name,
    },
    inputName: 'a',
    attributes: {},
  };
}

const random = new SeededRandom(6, 'shapes');
const upTo = (limit: number) => 1 + uniformInteger(random, limit);
const layers = [
  dense(3, 1, 5, 3),
  dense(1, 2, 1, 1),
  dense(2, 64, 132, 24),
  dense(4, 3, 70, 17),
  // More rows, columns, examples and positions than a block holds.
  dense(60, 20, 140, 70),
  dense(3, 600, 70, 70),
  dense(2, 1100, 130, 9),
  // Rows of positions that fill a word by one, two and three.
  dense(2, 5, 9, 12),
  dense(2, 6, 9, 12),
  dense(2, 7, 9, 12),
  ...[
    convolutionCase([3, 17, 17, 8], [3, 3, 8, 66], [1, 1], 'same'),
    convolutionCase([2, 36, 32, 4], [3, 3, 4, 9], [1, 1], 'same'),
    ...convolutionCases(30),
  ].map(({ name, inputShape, filterShape, outputShape, strides, pad, terms }): Layer => ({
    name: `conv2d ${name}`,
    aShape: inputShape,
    dyShape: outputShape,
    terms,
    product: conv2dProduct({ inputShape, filterShape, strides, padding: pad }),
    kernels: {
      sum: integerOperations.conv2dWeightGradient.name,
      norms: gradientNormOperations.conv2d.name,
    },
    inputName: 'x',
    attributes: { strides, pad, filterShape },
  })),
];
for (let i = 0; i < 15; i++) layers.push(dense(upTo(4), upTo(20), upTo(21), upTo(19)));

/** Exact gradients of all examples, one after the other. */
function gradientsOf({ terms, aShape }: Layer, input: Int8Array, outputGradient: Int8Array) {
  const weight = new Int8Array(terms.weightSize);
  return referenceProducts(terms, aShape[0]!, { input, weight, outputGradient }).weightGradients;
}

/** Σ factor·gradient in float32, example after example; those with factor 0 left out. */
function weightedSum(gradients: Float64Array, factors: Float32Array): Float32Array {
  const size = gradients.length / factors.length;
  const sum = new Float32Array(size);
  factors.forEach((factor, i) => {
    if (factor === 0) return;
    for (let k = 0; k < size; k++) {
      sum[k] = fround(sum[k]! + fround(fround(gradients[i * size + k]!) * factor));
    }
  });
  return sum;
}

const tensor = (codes: Int8Array, shape: number[]) => tf.tensor(Float32Array.from(codes), shape);
const sizeOf = tf.util.sizeFromShape;

describeWithDots(() => {
  describe.each(layers)('$name', (layer) => {
    const { aShape, dyShape, inputName, kernels, attributes } = layer;
    const n = aShape[0]!;
    const factors = Float32Array.from({ length: n }, (_, i) => [0.3, 0, 1e-20, 7][i % 4]!);

    it.each<Codes>(['random', 'largest', 'luq-fp4'])('of %s codes: sum and norms', (kind) => {
      const input = codesOf(kind, sizeOf(aShape), 1);
      const outputGradient = codesOf(kind, sizeOf(dyShape), 2);
      const gradients = gradientsOf(layer, input, outputGradient);
      const [a, dy] = [tensor(input, aShape), tensor(outputGradient, dyShape)];
      const before = tf.memory().numTensors;
      const sum = tf
        .engine()
        .runKernel<tf.Tensor>(kernels.sum, { [inputName]: a, dy }, { ...attributes, factors });
      expect(bitsOf(sum.dataSync())).toEqual(bitsOf(weightedSum(gradients, factors)));
      sum.dispose();
      for (const isGhost of [false, true]) {
        const hints = { ...attributes, isGhost, areIntegers: true };
        const result = tf.engine().runKernel<tf.Tensor>(kernels.norms, { a, dy }, hints);
        const norms = new Float64Array(result.dataSync<'int32'>().slice().buffer);
        result.dispose();
        const size = gradients.length / n;
        for (let i = 0; i < n; i++) {
          const squared = gradients
            .subarray(i * size, (i + 1) * size)
            .reduce((s, g) => s + g * g, 0);
          expect(Math.abs(norms[3 * i]! - squared)).toBeLessThanOrEqual(
            1e-12 * (isGhost ? norms[3 * i + 1]! * norms[3 * i + 2]! : squared),
          );
        }
      }
      expect(tf.memory().numTensors).toBe(before);
      tf.dispose([a, dy]);
    });

    it('has a gradient within its bound, for operands with scales', async () => {
      const scales = Float32Array.from({ length: n }, (_, i) => 0.01 * (i + 1));
      const operand = (shape: number[], seed: number): ReadOperand => ({
        codes: tensor(codesOf('random', sizeOf(shape), seed), shape),
        scales,
        largestInteger: 127,
      });
      const [a, dy] = [operand(aShape, 3), operand(dyShape, 4)];
      const bounds = await layer.product.squaredWeightGradientNorms(a, dy);
      for (let i = 0; i < n; i++) {
        const alone = Float32Array.from({ length: n }, (_, j) => (i === j ? 0.7 : 0));
        const gradient = layer.product.clippedWeightGradient(a, dy, alone);
        const squared = gradient.dataSync<'float32'>().reduce((sum, g) => sum + g * g, 0);
        gradient.dispose();
        // The factor times the scales is rounded on its own, for which clip factors have a margin.
        expect(Math.sqrt(squared)).toBeLessThanOrEqual(
          0.7 * Math.sqrt(bounds[i]!) * (1 + 2 ** -23),
        );
        expect(Math.sqrt(squared)).toBeGreaterThanOrEqual(0.7 * Math.sqrt(bounds[i]!) * (1 - 5e-3));
      }
      tf.dispose([a.codes, dy.codes]);
    });
  });

  describe.each(layers.filter(({ aShape }) => aShape[0]! > 2).slice(0, 6))('$name', (layer) => {
    it('leaves out an example whose scale is not finite, and changes nothing else', async () => {
      const { aShape, dyShape, product } = layer;
      const n = aShape[0]!;
      const a = tensor(codesOf('random', sizeOf(aShape), 5), aShape);
      const dy = tensor(codesOf('random', sizeOf(dyShape), 6), dyShape);
      const factors = new Float32Array(n).fill(0.5);
      factors[1] = 0;
      const sumWith = async (scale: number) => {
        const scales = new Float32Array(n).fill(0.1);
        scales[1] = scale;
        const [inputs, gradients] = [a, dy].map((codes) => ({
          codes,
          scales,
          largestInteger: 127,
        }));
        const bounds = await product.squaredWeightGradientNorms(inputs!, gradients!);
        expect(Number.isFinite(bounds[1])).toBe(Number.isFinite(scale));
        const sum = product.clippedWeightGradient(inputs!, gradients!, factors);
        const values = sum.dataSync().slice();
        sum.dispose();
        return values;
      };
      const clean = await sumWith(0.1);
      expect(await sumWith(NaN)).toEqual(clean);
      expect(await sumWith(Infinity)).toEqual(clean);
      tf.dispose([a, dy]);
    });
  });
});

it('integer operands are summed by the integer kernels', () => {
  const counted = new Map<string, number>();
  for (const { kernels } of layers) {
    const { sum } = kernels;
    if (counted.has(sum)) continue;
    counted.set(sum, 0);
    const config = tf.getKernel(sum, 'wasm');
    tf.unregisterKernel(sum, 'wasm');
    tf.registerKernel({
      ...config,
      kernelFunc: (call) => {
        counted.set(sum, counted.get(sum)! + 1);
        return config.kernelFunc(call);
      },
    });
  }
  for (const layer of [layers[2]!, layers.find(({ inputName }) => inputName === 'x')!]) {
    const operand = (shape: number[]): ReadOperand => ({
      codes: tf.ones(shape),
      scales: null,
      largestInteger: 64,
    });
    const factors = new Float32Array(layer.aShape[0]!).fill(1);
    const [a, dy] = [operand(layer.aShape), operand(layer.dyShape)];
    const sum = layer.product.clippedWeightGradient(a, dy, factors);
    tf.dispose([a.codes, dy.codes, sum]);
    expect(counted.get(layer.kernels.sum)).toBe(1);
  }
});
