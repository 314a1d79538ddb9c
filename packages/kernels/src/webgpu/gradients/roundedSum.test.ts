import { afterAll, beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { referenceProducts, roundedSumOperations } from '@dpquant/quantization';
import { describeOnWebGpu } from '../../testing/describeOnWebGpu.ts';
import {
  convolutionLayer,
  denseLayer,
  gradientLayers,
  type GradientLayer,
} from '../../testing/gradientLayers.ts';
import { codesOf } from '../../testing/integers.ts';
import { normal } from '../../testing/normal.ts';
import { startWebGpu } from '../../testing/startWebGpu.ts';

const sizeOf = (shape: readonly number[]) => tf.util.sizeFromShape([...shape]);
const fround = Math.fround;

/** Layers whose examples have one position each; even in number as those of several positions. */
const singleLayers: readonly GradientLayer[] = [
  denseLayer(4, 1, 5, 3),
  // Several parts, each of several times what is in workgroup memory.
  denseLayer(40, 1, 16390, 3),
  denseLayer(40, 1, 33, 68),
  convolutionLayer([6, 4, 4, 4], [4, 4, 4, 7], [1, 1], 'valid'),
  convolutionLayer([6, 2, 2, 3], [3, 3, 3, 8], [2, 2], 'same'),
];

interface Operands {
  readonly input: Float32Array;
  readonly dy: Float32Array;
  readonly factors: Float32Array;
}

/** Normal operands, and factors that make of a gradient whole numbers up to about so many. */
function normalOperands({ inputShape, outputShape }: GradientLayer, magnitude: number): Operands {
  return {
    input: normal(sizeOf(inputShape), 1),
    dy: normal(sizeOf(outputShape), 2),
    factors: Float32Array.from(
      { length: inputShape[0]! },
      (_, i) => magnitude * [0.3, 0.07, 1][i % 3]!,
    ),
  };
}

/**
 * Operands of whole numbers and factors that are odd multiples of ½: every second product or so is
 * a tie.
 */
function operandsOfTies({ inputShape, outputShape }: GradientLayer): Operands {
  const whole = (shape: readonly number[], seed: number) =>
    normal(sizeOf(shape), seed).map((x) => Math.round(3 * x));
  return {
    input: whole(inputShape, 1),
    dy: whole(outputShape, 2),
    factors: Float32Array.from({ length: inputShape[0]! }, (_, i) => 0.5 + (i % 3)),
  };
}

/** rint: ties to even. */
function rounded(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x) + 0;
  return floor % 2 === 0 ? floor : floor + 1;
}

const join = (parts: readonly Float32Array[]) => Float32Array.from(parts.flatMap((x) => [...x]));

/** Some of the examples, in this order. */
function chosenExamples(operands: Operands, examples: readonly number[]): Operands {
  const count = operands.factors.length;
  const chosen = (values: Float32Array) => {
    const size = values.length / count;
    return join(examples.map((i) => values.subarray(i * size, (i + 1) * size)));
  };
  const { input, dy, factors } = operands;
  return { input: chosen(input), dy: chosen(dy), factors: chosen(factors) };
}

/** The kernel's sum. */
async function roundedSum(
  layer: GradientLayer,
  { input, dy, factors }: Operands,
  areIntegers = false,
): Promise<Int32Array> {
  const ofBatch = (shape: readonly number[]) => [factors.length, ...shape.slice(1)];
  const inputs = {
    [layer.inputName]: tf.tensor(input, ofBatch(layer.inputShape)),
    dy: tf.tensor(dy, ofBatch(layer.outputShape)),
  };
  const { name } = roundedSumOperations[layer.inputName === 'a' ? 'matMul' : 'conv2d'];
  const before = tf.engine().backend.numDataIds();
  const attributes = { ...layer.attributes, factors, areIntegers } as unknown as tf.NamedAttrMap;
  const result = tf.engine().runKernel<tf.Tensor>(name, inputs, attributes);
  expect([result.shape, result.dtype]).toEqual([layer.gradientShape, 'int32']);
  const values = await result.data<'int32'>();
  result.dispose();
  expect(tf.engine().backend.numDataIds()).toBe(before);
  tf.dispose(inputs);
  return values;
}

/** Gradients of all examples, one after the other, in float64. */
function gradientsOf({ terms }: GradientLayer, { input, dy, factors }: Operands): Float64Array {
  const weight = new Float32Array(terms.weightSize);
  const operands = { input, weight, outputGradient: dy };
  return referenceProducts(terms, factors.length, operands).weightGradients;
}

/**
 * Σ over the examples of what `term` gives for a gradient's value in float64 and the example's
 * factor.
 */
function summed(
  { terms }: GradientLayer,
  gradients: Float64Array,
  factors: Float32Array,
  term: (value: number, factor: number, index: number) => number,
): Int32Array {
  const sums = new Int32Array(terms.weightSize);
  gradients.forEach((value, i) => {
    sums[i % terms.weightSize]! += term(value, factors[Math.floor(i / terms.weightSize)]!, i);
  });
  return sums;
}

/**
 * Of whole-number gradients: only the product with the factor is rounded, where it does not fit
 * float32.
 */
const ofExactGradient = (value: number, factor: number) => rounded(fround(fround(value) * factor));

const firstDifference = (found: Int32Array, expected: Int32Array) =>
  found.findIndex((value, i) => value !== expected[i]);

describeOnWebGpu('rounded sums on WebGPU', () => {
  beforeAll(startWebGpu);
  afterAll(() => tf.setBackend('cpu'));

  it.each(gradientLayers)('$name of codes, to the bit', async (layer) => {
    const operands = {
      input: Float32Array.from(codesOf('random', sizeOf(layer.inputShape), 1)),
      dy: Float32Array.from(codesOf('largest luq-fp4', sizeOf(layer.outputShape), 2)),
      factors: Float32Array.from(
        { length: layer.inputShape[0]! },
        (_, i) => [0.3, 4.1, 0, 0.007][i % 4]!,
      ),
    };
    const found = await roundedSum(layer, operands, true);
    const gradients = gradientsOf(layer, operands);
    const expected = summed(layer, gradients, operands.factors, ofExactGradient);
    expect(firstDifference(found, expected)).toBe(-1);
    expect(expected.some((value) => Math.abs(value) > 1000)).toBe(true);
  });

  it.each([...gradientLayers, ...singleLayers])('$name: ties to even', async (layer) => {
    const operands = operandsOfTies(layer);
    const gradients = gradientsOf(layer, operands);
    const expected = summed(layer, gradients, operands.factors, ofExactGradient);
    expect(firstDifference(await roundedSum(layer, operands), expected)).toBe(-1);
    const otherwise = summed(layer, gradients, operands.factors, (value, factor) =>
      Math.round(value * factor),
    );
    expect(firstDifference(otherwise, expected)).not.toBe(-1);
  });

  it.each(gradientLayers)('$name in float32: each example within its rounding', async (layer) => {
    const operands = normalOperands(layer, 100);
    const found = await roundedSum(layer, operands);
    const gradients = gradientsOf(layer, operands);
    const magnitudes = gradientsOf(layer, {
      ...operands,
      input: operands.input.map(Math.abs),
      dy: operands.dy.map(Math.abs),
    });
    const positions = sizeOf(layer.outputShape.slice(1, -1));
    const bound = (side: 1 | -1) =>
      summed(layer, gradients, operands.factors, (value, factor, i) => {
        const rounding = (positions + 1) * 2 ** -24 * (1 + 1e-6) * magnitudes[i]!;
        return rounded((value + side * rounding) * factor);
      });
    const [least, most] = [bound(-1), bound(1)];
    expect(found.findIndex((value, i) => value < least[i]! || value > most[i]!)).toBe(-1);
    const free = least.filter((value, i) => value !== most[i]);
    expect(free.length).toBeLessThan(0.2 * found.length);
  });

  it.each(singleLayers)('$name in float32, to the bit', async (layer) => {
    const operands = normalOperands(layer, 2 ** 16);
    const found = await roundedSum(layer, operands);
    const { terms } = layer;
    const expected = new Int32Array(terms.weightSize);
    operands.factors.forEach((factor, n) => {
      terms.forEach((o, i, w) => {
        const b = fround(factor * operands.dy[n * terms.outputSize + o]!);
        expected[w]! += rounded(fround(operands.input[n * terms.inputSize + i]! * b));
      });
    });
    expect(firstDifference(found, expected)).toBe(-1);
  });

  it.each([gradientLayers[0]!, singleLayers[0]!])(
    '$name: zeros without examples',
    async (layer) => {
      const none = chosenExamples(normalOperands(layer, 1), []);
      expect(await roundedSum(layer, none)).toEqual(new Int32Array(sizeOf(layer.gradientShape)));
    },
  );

  // Products of about 2²⁰: the last bits of float32 show in the whole numbers.
  it.each([...gradientLayers, ...singleLayers.filter(({ terms }) => terms.weightSize < 5000)])(
    '$name: an example adds the same at every place and beside any others',
    async (layer) => {
      const operands = normalOperands(layer, 2 ** 16);
      const n = operands.factors.length;
      const all = Array.from({ length: n }, (_, i) => i);
      const whole = await roundedSum(layer, operands);
      const added = whole.map(() => 0);
      for (const example of all.slice(0, 5)) {
        const alone = await roundedSum(layer, chosenExamples(operands, [example]));
        const companions = spoiltExcept(operands, example);
        expect(firstDifference(await roundedSum(layer, companions), alone)).toBe(-1);
        alone.forEach((value, i) => (added[i]! += value));
      }
      const rest = await roundedSum(layer, chosenExamples(operands, all.slice(5)));
      expect(
        firstDifference(
          whole,
          added.map((value, i) => value + rest[i]!),
        ),
      ).toBe(-1);
      const reversed = await roundedSum(layer, chosenExamples(operands, all.toReversed()));
      expect(firstDifference(reversed, whole)).toBe(-1);
    },
  );
});

/** All factors but one are 0, and all values but its are not finite. */
function spoiltExcept({ input, dy, factors }: Operands, example: number): Operands {
  const spoilt = (values: Float32Array) => {
    const size = values.length / factors.length;
    return values.map((value, i) =>
      Math.floor(i / size) === example ? value : [NaN, Infinity, -Infinity][i % 3]!,
    );
  };
  return {
    input: spoilt(input),
    dy: spoilt(dy),
    factors: factors.map((factor, i) => (i === example ? factor : 0)),
  };
}
