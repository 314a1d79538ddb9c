import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { backendNamed } from '@dpquant/operations';
import { derivePhiloxKey, philoxKeyFromSeed } from '@dpquant/random';
import { hadamardSigns, hadamardTransform } from './hadamard.ts';
import {
  arithmeticNames,
  int4LuqArithmetic,
  layerArithmetic,
  type LayerArithmetic,
} from './layerArithmetic.ts';
import { LayerMultiplication, type RandomPurpose } from './layerMultiplication.ts';
import { dequantize } from './operand.ts';
import { conv2dProduct, conv2dTransposeProduct } from './products/conv2d.ts';
import { matMulProduct } from './products/matMul.ts';
import {
  conv2dTerms,
  matMulTerms,
  referenceProducts,
  type ProductTerms,
} from './products/reference.ts';
import { luqFp4 } from './formats/builtInFormats.ts';
import { float32Quantizer } from './quantizers/float32.ts';
import { quantizerOperations } from './quantizers/quantizerOperations.ts';
import { quantizeScaled } from './quantizers/scaled.ts';
import { keysOf, normal } from './testing/values.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const key = philoxKeyFromSeed(1);
const randomness = (step: number) => (purpose: RandomPurpose) => ({
  key: derivePhiloxKey(key, purpose),
  step,
});

const transposed = { strides: [2, 1], padding: 'same' } as const;
const transposedTerms = conv2dTerms({ input: [6, 4, 4], filter: [3, 2, 4, 2], ...transposed });
const layers = {
  dense: {
    product: matMulProduct,
    a: [3, 20],
    w: [20, 4],
    y: [3, 4],
    terms: matMulTerms(1, 20, 4),
  },
  sequence: {
    product: matMulProduct,
    a: [3, 18, 6],
    w: [6, 5],
    y: [3, 18, 5],
    terms: matMulTerms(18, 6, 5),
  },
  convolution: {
    product: conv2dProduct({
      inputShape: [3, 6, 5, 2],
      filterShape: [3, 3, 2, 4],
      strides: [1, 2],
      padding: 'same',
    }),
    a: [3, 6, 5, 2],
    w: [3, 3, 2, 4],
    y: [3, 6, 3, 4],
    terms: conv2dTerms({
      input: [6, 5, 2],
      filter: [3, 3, 2, 4],
      strides: [1, 2],
      padding: 'same',
    }),
  },
  'transposed convolution': {
    product: conv2dTransposeProduct({
      inputShape: [3, 6, 4, 4],
      filterShape: [3, 2, 4, 2],
      ...transposed,
      strides: [2, 1],
    }),
    a: [3, 3, 4, 2],
    w: [3, 2, 4, 2],
    y: [3, 6, 4, 4],
    // Inputs and outputs change places.
    terms: {
      inputSize: transposedTerms.outputSize,
      outputSize: transposedTerms.inputSize,
      weightSize: transposedTerms.weightSize,
      forEach: (visit) => transposedTerms.forEach((o, i, w) => visit(i, o, w)),
    } satisfies ProductTerms,
  },
};
type Layer = (typeof layers)[keyof typeof layers];

const tensorOf = (shape: number[], seed: number) =>
  tf.tensor(normal(tf.util.sizeFromShape(shape), seed), shape);

/** A layer's pass in an arithmetic; the caller disposes everything. */
function passOf({ product, a, w, y }: Layer, arithmetic: LayerArithmetic, step = 1) {
  const multiplication = new LayerMultiplication({
    arithmetic,
    product,
    randomness: randomness(step),
    examples: keysOf([4, 8, 9]),
  });
  const [x, weights, dy] = [tensorOf(a, 1), tensorOf(w, 2), tensorOf(y, 3)];
  const { y: output, backward } = multiplication.forward(x, weights);
  const { dx, weightGradient } = backward(dy);
  return { weightGradient, x, weights, dy, output, dx: dx! };
}

const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.sqrt(Array.from(a).reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0));
const length = (a: ArrayLike<number>) => distance(a, new Float64Array(a.length));

describe.each(Object.entries(layers))('%s', (_, layer) => {
  const exact = () =>
    referenceProducts(layer.terms, 3, {
      input: tensorOf(layer.a, 1).dataSync<'float32'>(),
      weight: tensorOf(layer.w, 2).dataSync<'float32'>(),
      outputGradient: tensorOf(layer.y, 3).dataSync<'float32'>(),
    });

  it.each(arithmeticNames())(
    'in %s: norms are those of exactly the gradients summed',
    async (name) => {
      const before = tf.memory().numTensors;
      const pass = passOf(layer, layerArithmetic(name));
      const { squaredNorms: norms, ...sums } = await pass.weightGradient.norms();
      for (let i = 0; i < 3; i++) {
        const only = sums.weightedSum(Float32Array.from([0, 1, 2], (k) => (k === i ? 1 : 0)));
        expect(only.shape).toEqual(layer.w);
        const squared = length(only.dataSync()) ** 2;
        expect(norms[i]!).toBeGreaterThanOrEqual(squared * (1 - 2e-6));
        expect(norms[i]!).toBeLessThanOrEqual(squared * (1 + 1e-4));
        const rounded = await sums.roundedSum(
          Float32Array.from([0, 1, 2], (k) => (k === i ? 2 ** 12 : 0)),
        );
        const off = Array.from(only.dataSync(), (value, j) =>
          Math.abs(value * 2 ** 12 - rounded[j]!),
        );
        expect(Math.max(...off)).toBeLessThan(0.51);
        only.dispose();
      }
      const { weightGradient, ...tensors } = pass;
      weightGradient.dispose();
      tf.dispose(tensors);
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it.each(arithmeticNames())('in %s: the products are close to those of float64', async (name) => {
    const { output, inputGradient, weightGradients } = exact();
    const pass = passOf(layer, layerArithmetic(name));
    const summed = (await pass.weightGradient.norms()).weightedSum(Float32Array.of(1, 1, 1));
    const sum = Array.from({ length: layer.terms.weightSize }, (_, j) =>
      [0, 1, 2].reduce((total, i) => total + weightGradients[i * layer.terms.weightSize + j]!, 0),
    );
    // Coarse formats err by a good share of the result; a wrong product errs by more than 1.
    const isCoarse = /luq|fp4|int4/.test(name);
    const tolerance = name === 'float32' ? 1e-6 : isCoarse ? 0.7 : 0.15;
    expect(distance(pass.output.dataSync(), output)).toBeLessThan(tolerance * length(output));
    expect(distance(pass.dx.dataSync(), inputGradient)).toBeLessThan(
      tolerance * length(inputGradient),
    );
    expect(distance(summed.dataSync(), sum)).toBeLessThan(tolerance * length(sum));
  });

  it('the weight gradient in LUQ-FP4 is unbiased, and averaging draws divides its variance', async () => {
    const { weightGradients } = exact();
    const draws = 300;
    const deviation = async (arithmetic: LayerArithmetic) => {
      const size = layer.terms.weightSize;
      const mean = new Float64Array(size);
      let squares = 0;
      for (let step = 0; step < draws; step++) {
        const { weightGradient, ...tensors } = passOf(layer, arithmetic, step);
        const gradient = (await weightGradient.norms()).weightedSum(Float32Array.of(1, 0, 0));
        const values = gradient.dataSync();
        values.forEach((value, i) => (mean[i]! += value / draws));
        squares += distance(values, weightGradients.subarray(0, size)) ** 2 / draws;
        weightGradient.dispose();
        tf.dispose([tensors, gradient]);
      }
      // The mean's squared distance is the variance over the draws, plus the squared bias; errors
      // of few output gradients make up most of it, so that it scatters widely around that.
      const bias = distance(mean, weightGradients.subarray(0, size)) ** 2;
      expect(bias).toBeLessThan((4 * squares) / draws);
      return squares;
    };
    const float32 = layerArithmetic('float32').activations;
    const luq = layerArithmetic('luq-fp4').outputGradients;
    const mix = (count: number): LayerArithmetic => ({
      name: 'mix',
      activations: float32,
      weights: float32Quantizer('tensor'),
      outputGradients: luq,
      weightGradient: { draws: count },
    });
    const ratio = (await deviation(mix(1))) / (await deviation(mix(4)));
    expect(ratio).toBeGreaterThan(3.2);
    expect(ratio).toBeLessThan(4.8);
  });

  it('the Hadamard transform cancels in the weight gradient', async () => {
    const { weightGradients } = exact();
    const arithmetic: LayerArithmetic = {
      ...layerArithmetic('float32'),
      weightGradient: { hadamardSize: 16 },
    };
    const { weightGradient } = passOf(layer, arithmetic);
    const { weightedSum } = await weightGradient.norms();
    const gradient = weightedSum(Float32Array.of(0, 1, 0)).dataSync();
    const { weightSize } = layer.terms;
    const expected = weightGradients.subarray(weightSize, 2 * weightSize);
    expect(distance(gradient, expected)).toBeLessThan(2e-6 * length(expected));
    const isUnfolded = weightGradient.operands.product !== layer.product;
    expect(isUnfolded || layer.product === matMulProduct).toBe(true);
  });

  it.each(['float32', 'luq-fp4', 'mxfp4', 'nvfp4'])(
    'in %s an example that is not finite is left out by selection, and changes no other',
    async (name) => {
      const clean = await passOf(layer, layerArithmetic(name)).weightGradient.norms();
      const multiplication = new LayerMultiplication({
        arithmetic: layerArithmetic(name),
        product: layer.product,
        randomness: randomness(1),
        examples: keysOf([4, 8, 9]),
      });
      const x = tensorOf(layer.a, 1).dataSync<'float32'>().slice();
      x.fill(NaN, x.length / 3, (2 * x.length) / 3);
      const { backward } = multiplication.forward(tf.tensor(x, layer.a), tensorOf(layer.w, 2));
      const { squaredNorms, weightedSum } = await backward(
        tensorOf(layer.y, 3),
      ).weightGradient.norms();
      expect([...squaredNorms].map(Number.isFinite)).toEqual([true, false, true]);
      const factors = Float32Array.of(0.5, 0, 2);
      expect(weightedSum(factors, Uint8Array.of(1, 0, 1)).dataSync()).toEqual(
        clean.weightedSum(factors).dataSync(),
      );
    },
  );
});

describe("scales that a quantizer's kernel returns as tensors", () => {
  /** The plain reference as a kernel of the cpu backend. */
  const quantizeLuqFp4 = quantizerOperations.luqFp4.on(
    backendNamed('cpu'),
    (_backend, inputs, given) => {
      const x = inputs.x as tf.Tensor;
      const groups = { count: given.groups, size: x.size / given.groups, interleaved: false };
      const views = given.viewsAndDraws.map((both) => both >>> 16);
      const { codes, scales } = quantizeScaled(
        x.dataSync<'float32'>(),
        groups,
        { format: luqFp4, rounding: 'stochastic' },
        { key: given.key, step: given.step, draw: given.viewsAndDraws[0]! & 0xffff },
        { rows: given.rows, views },
      );
      return [tf.tensor(codes, x.shape), tf.tensor1d(scales)];
    },
  );

  const mixes = [
    layerArithmetic('luq-fp4'),
    int4LuqArithmetic(2),
    { ...layerArithmetic('luq-fp4'), weightGradient: { draws: 2, hadamardSize: 8 } },
  ];

  it.each(Object.entries(layers))('do not change a layer of type %s', async (_, layer) => {
    for (const arithmetic of mixes) {
      const results = async () => {
        const { weightGradient, ...tensors } = passOf(layer, arithmetic);
        const unfolded = Object.values(weightGradient.unfold()).filter(
          (value) => value instanceof tf.Tensor,
        );
        const { squaredNorms: norms, weightedSum } = await weightGradient.norms();
        const sum = weightedSum(Float32Array.of(1, 0.5, 2));
        const kept = weightedSum(Float32Array.of(1, 0.5, 2), Uint8Array.of(1, 0, 1));
        const all = [tensors.output, tensors.dx, sum, kept, ...unfolded];
        const values = [norms, ...all.map((tensor) => tensor.dataSync())];
        weightGradient.dispose();
        tf.dispose([tensors, all]);
        return values;
      };
      const expected = await results();
      const before = tf.memory().numTensors;
      tf.registerKernel(quantizeLuqFp4);
      const { weightGradient, ...tensors } = passOf(layer, arithmetic);
      try {
        const { outputGradients } = weightGradient.operands;
        expect(outputGradients.scales).toBeInstanceOf(tf.Tensor);
        expect(await results()).toEqual(expected);
      } finally {
        tf.unregisterKernel(quantizerOperations.luqFp4.name, 'cpu');
      }
      weightGradient.dispose();
      tf.dispose(tensors);
      expect(tf.memory().numTensors).toBe(before);
    }
  });
});

it('the names of mixes contain the number of averaged draws', () => {
  expect(int4LuqArithmetic(2).name).toBe('int4-luq-smp2');
  expect(() => int4LuqArithmetic(0)).toThrow(/draws/);
});

describe('hadamardTransform', () => {
  it('is orthogonal, spreads one value evenly, and differs in each step', () => {
    const signs = hadamardSigns(16, { key, step: 1, draw: 0 });
    const x = tf.reshape<tf.Rank.R3>(tf.oneHot(tf.tensor1d([5], 'int32'), 16), [1, 1, 16]);
    const spread = hadamardTransform(x, signs).dataSync();
    expect([...spread].map(Math.abs)).toEqual(new Array(16).fill(0.25));
    const values = tf.tensor3d(normal(40), [1, 2, 20]);
    const transformed = hadamardTransform(values, signs);
    expect(transformed.shape).toEqual([1, 2, 32]);
    expect(length(transformed.dataSync())).toBeCloseTo(length(values.dataSync()), 5);
    expect([...hadamardSigns(64, { key, step: 2, draw: 0 })]).not.toEqual([
      ...hadamardSigns(64, { key, step: 1, draw: 0 }),
    ]);
    expect(new Set(signs)).toEqual(new Set([1, -1]));
  });
});

describe('tensors that are kept for the backward pass', () => {
  const multiplicationOf = (arithmetic: string, product = matMulProduct) =>
    new LayerMultiplication({
      arithmetic: layerArithmetic(arithmetic),
      product,
      randomness: randomness(1),
      examples: keysOf([1]),
    });

  it.each(['float32', 'luq-fp4', 'nvfp4'])(
    'in %s are freed without a backward pass, and when the product fails',
    (name) => {
      const [x, weights] = [tensorOf([1, 16, 4], 1), tensorOf([4, 2], 2)];
      const { numTensors } = tf.memory();
      const { y, dispose } = multiplicationOf(name).forward(x, weights);
      dispose();
      y.dispose();
      expect(tf.memory().numTensors).toBe(numTensors);
      const forward = () => {
        throw new Error('no memory');
      };
      const failing = multiplicationOf(name, { ...matMulProduct, forward });
      expect(() => failing.forward(x, weights)).toThrow('no memory');
      expect(tf.memory().numTensors).toBe(numTensors);
    },
  );
});

it('summing before the norms does not compile', () => {
  const { weightGradient } = passOf(layers.dense, layerArithmetic('int8'));
  // @ts-expect-error -- only `norms()` gives sums
  expect(weightGradient.weightedSum).toBeUndefined();
});

it('dequantizes the operands of the weight gradient', () => {
  const { weightGradient } = passOf(layers.sequence, layerArithmetic('nvfp4'));
  const { inputs, outputGradients } = weightGradient.operands;
  expect(dequantize(inputs).shape).toEqual([3, 32, 6]);
  expect(dequantize(outputGradients).shape).toEqual([3, 32, 5]);
});
