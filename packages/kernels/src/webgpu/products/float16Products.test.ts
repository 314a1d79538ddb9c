import { afterAll, beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import {
  float16Operations,
  formatValues,
  fp16,
  matMulTerms,
  referenceProducts,
  type ProductTerms,
} from '@dpquant/quantization';
import { SeededRandom, uniformInteger } from '@dpquant/random';
import { describeWithFloat16 } from '../../testing/describeOnWebGpu.ts';
import { codesOf, convolutionCase } from '../../testing/integers.ts';
import { startWebGpu } from '../../testing/startWebGpu.ts';

const numbers = formatValues(fp16)
  .map(({ value }) => value)
  .filter(Number.isFinite);

/** Values by kind; all are numbers of binary16. */
const kinds: Record<string, (count: number, seed: number) => Float32Array> = {
  'whole numbers': (count, seed) => Float32Array.from(codesOf('random', count, seed)),
  'numbers of all sizes, subnormal ones among them': (count, seed) => {
    const random = new SeededRandom(seed, 'binary16');
    const one = () => numbers[uniformInteger(random, numbers.length)]!;
    return Float32Array.from({ length: count }, one);
  },
  // Their products are 2⁻⁴⁸ and more.
  'subnormal numbers': (count, seed) => {
    const random = new SeededRandom(seed, 'subnormal');
    const one = () => (uniformInteger(random, 2047) - 1023) * 2 ** -24;
    return Float32Array.from({ length: count }, one);
  },
  // A sum in 16 bits is infinite.
  'the largest': (count) => new Float32Array(count).fill(65504),
  // Another 1 would be lost to a sum in 16 bits from 2048 on.
  ones: (count) => new Float32Array(count).fill(1),
};

interface Layer {
  readonly name: string;
  readonly terms: ProductTerms;
  readonly inputShape: readonly number[];
  readonly weightShape: readonly number[];
  readonly outputShape: readonly number[];
  readonly forward: string;
  readonly inputGradient: string;
  /** Names of the inputs of either, and attributes. */
  readonly names: { readonly input: string; readonly gradient: string; readonly weight: string };
  readonly attributes: readonly [forward: object, inputGradient: object];
}

const dense = (n: number, p: number, d: number): Layer => ({
  name: `matMul ${n}×${p}×${d}`,
  terms: matMulTerms(1, p, d),
  inputShape: [n, p],
  weightShape: [p, d],
  outputShape: [n, d],
  forward: float16Operations.matMul.name,
  inputGradient: float16Operations.matMul.name,
  names: { input: 'a', gradient: 'a', weight: 'b' },
  attributes: [{ transposeB: false }, { transposeB: true }],
});

function convolution(...given: Parameters<typeof convolutionCase>): Layer {
  const { filterShape, strides, pad, ...test } = convolutionCase(...given);
  return {
    ...test,
    weightShape: filterShape,
    forward: float16Operations.conv2d.name,
    inputGradient: float16Operations.conv2dInputGradient.name,
    names: { input: 'x', gradient: 'dy', weight: 'filter' },
    attributes: [
      { strides, pad },
      { strides, pad, inputShape: test.inputShape },
    ],
  };
}

const layers = [
  dense(3, 5, 7),
  dense(70, 36, 68),
  dense(2, 2500, 3),
  convolution([2, 9, 9, 4], [3, 3, 4, 72], [1, 1], 'same'),
  convolution([2, 8, 7, 3], [3, 2, 3, 5], [2, 1], 'same'),
  convolution([2, 8, 8, 4], [1, 1, 4, 8], [3, 2], 'valid'),
];

async function run(kernel: string, inputs: tf.NamedTensorMap, attributes: object) {
  const before = tf.engine().backend.numDataIds();
  const result = tf.engine().runKernel<tf.Tensor>(kernel, inputs, attributes as tf.NamedAttrMap);
  const values = (await result.data()) as Float32Array;
  result.dispose();
  expect(tf.engine().backend.numDataIds()).toBe(before);
  return values;
}

/**
 * Largest error of scaled sums in 2⁻²⁴ of the magnitudes that were added, times one more than the
 * number of terms: at most 1 where sums and scaling are float32.
 */
function largestError(
  found: Float32Array,
  sums: Float64Array,
  magnitudes: Float64Array,
  counts: Float64Array,
  scales: Float32Array,
): number {
  if (found.length !== sums.length) return Infinity;
  const size = sums.length / scales.length;
  let largest = 0;
  for (let i = 0; i < sums.length; i++) {
    const scale = scales[Math.floor(i / size)]!;
    const error = Math.abs(found[i]! - scale * sums[i]!);
    const bound = scale * magnitudes[i]! * (counts[i]! + 1) * 2 ** -24;
    const relative = error === 0 ? 0 : error / bound;
    if (!(relative <= largest)) largest = relative;
  }
  return largest;
}

describeWithFloat16('products of 16-bit floats on WebGPU', () => {
  beforeAll(startWebGpu);
  afterAll(() => tf.setBackend('cpu'));

  it.each(layers)('$name, forward and input gradient, have sums in float32', async (layer) => {
    const { terms, inputShape, weightShape, outputShape, names } = layer;
    const n = inputShape[0]!;
    const counts = referenceProducts(terms, n, {
      input: new Int8Array(n * terms.inputSize).fill(1),
      weight: new Int8Array(terms.weightSize).fill(1),
      outputGradient: new Int8Array(n * terms.outputSize).fill(1),
    });
    for (const [kind, valuesOf] of Object.entries(kinds)) {
      const values = {
        input: valuesOf(n * terms.inputSize, 1),
        weight: valuesOf(terms.weightSize, 2),
        outputGradient: valuesOf(n * terms.outputSize, 3),
      };
      const expected = referenceProducts(terms, n, values);
      const magnitudes = referenceProducts(terms, n, {
        input: values.input.map(Math.abs),
        weight: values.weight.map(Math.abs),
        outputGradient: values.outputGradient.map(Math.abs),
      });
      const tensors = {
        input: tf.tensor(values.input, [...inputShape]),
        weight: tf.tensor(values.weight, [...weightShape]),
        gradient: tf.tensor(values.outputGradient, [...outputShape]),
      };
      const weight = { [names.weight]: tensors.weight };
      const [forward, backward] = layer.attributes;
      const inputs = { [names.input]: tensors.input, ...weight };
      const gradients = { [names.gradient]: tensors.gradient, ...weight };
      const scales = Float32Array.from({ length: n }, (_, i) => [0.37, 1e-9, 3][i % 3]!);
      const factors = tf.tensor1d(scales);
      const one = Float32Array.of(1);
      const found = [
        [await run(layer.forward, inputs, forward), 'output', one],
        [await run(layer.forward, { ...inputs, scales: factors }, forward), 'output', scales],
        [await run(layer.inputGradient, gradients, backward), 'inputGradient', one],
        [
          await run(layer.inputGradient, { ...gradients, scales: factors }, backward),
          'inputGradient',
          scales,
        ],
      ] as const;
      const errors = found.map(([sums, which, by]) =>
        largestError(sums, expected[which], magnitudes[which], counts[which], by),
      );
      tf.dispose([tensors, factors]);
      // Sums of whole numbers are exact; scaling them is not.
      const limits = kind === 'whole numbers' || kind === 'ones' ? [0, 1, 0, 1] : [1, 1, 1, 1];
      expect([kind, errors.map((error, i) => error <= limits[i]!)]).toEqual([
        kind,
        [true, true, true, true],
      ]);
    }
  });
});
