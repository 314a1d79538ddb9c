import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import {
  integerOperations,
  layerArithmetic,
  matMulProduct,
  matMulTerms,
  operandTensors,
  referenceProducts,
} from '@dpquant/quantization';
import { philoxKeyFromSeed, SeededRandom, uniformInteger } from '@dpquant/random';
import { bitsOf, codesOf, convolutionCases, type Codes } from '../../testing/integers.ts';
import { describeWithDots } from '../../testing/describeWithDots.ts';
import { startWasm } from '../../testing/startWasm.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

const { fround } = Math;

const scaleValues = [0.37, 1, 1e-30, NaN, 3e37, 0, 2.5];

/** Scales of examples, of all of them at once, and none. */
function scalesOf(n: number): (Float32Array | null)[] {
  const each = Float32Array.from({ length: n }, (_, i) => scaleValues[i % scaleValues.length]!);
  return [null, Float32Array.of(0.1), each];
}

/** Exact sums, rounded to float32, times the example's scale, rounded. */
function scaled(sums: Float64Array, n: number, scales: Float32Array | null): Int32Array {
  const size = sums.length / n;
  const values = sums.map((sum, i) => {
    const scale = scales === null ? 1 : scales[scales.length === 1 ? 0 : Math.floor(i / size)]!;
    return fround(fround(sum) * scale);
  });
  return bitsOf(values);
}

function run(
  kernel: string,
  codes: tf.NamedTensorMap,
  attributes: object,
  scales: Float32Array | null = null,
): Int32Array {
  const before = tf.memory().numTensors;
  const inputs = scales === null ? codes : { ...codes, scales: tf.tensor1d(scales) };
  const result = tf.engine().runKernel<tf.Tensor>(kernel, inputs, attributes as tf.NamedAttrMap);
  const bits = bitsOf(result.dataSync());
  tf.dispose([result, inputs['scales']]);
  expect(tf.memory().numTensors).toBe(before);
  return bits;
}

const tensor = (codes: Int8Array, shape: number[]) => tf.tensor(Float32Array.from(codes), shape);

const random = new SeededRandom(5, 'shapes');
const upTo = (limit: number) => 1 + uniformInteger(random, limit);
const shapes = [
  [1, 1, 1, 1],
  [4, 64, 8, 8],
  [3, 5, 200, 17],
  [1, 70, 33, 8],
  [2, 1, 4608, 10],
];
for (let i = 0; i < 25; i++) shapes.push([upTo(4), upTo(40), upTo(40), upTo(20)]);

describeWithDots(() => {
  describe.each<Codes>(['random', 'largest', 'luq-fp4'])('products of %s codes', (kind) => {
    it.each(shapes)('matMul of %d·%d rows, %d×%d, forward and transposed', (n, positions, p, d) => {
      const input = codesOf(kind, n * positions * p, 1);
      const weight = codesOf(kind, p * d, 2);
      const outputGradient = codesOf(kind, n * positions * d, 3);
      const expected = referenceProducts(matMulTerms(positions, p, d), n, {
        input,
        weight,
        outputGradient,
      });
      const a = tensor(input, [n * positions, p]);
      const b = tensor(weight, [p, d]);
      const dy = tensor(outputGradient, [n * positions, d]);
      for (const scales of scalesOf(n)) {
        const y = run(integerOperations.matMul.name, { a, b }, { transposeB: false }, scales);
        expect(y).toEqual(scaled(expected.output, n, scales));
        const dx = run(integerOperations.matMul.name, { a: dy, b }, { transposeB: true }, scales);
        expect(dx).toEqual(scaled(expected.inputGradient, n, scales));
      }
      tf.dispose([a, b, dy]);
    });

    it.each(convolutionCases(40))('conv2d $name, forward and input gradient', (test) => {
      const { inputShape, filterShape, outputShape, strides, pad, terms } = test;
      const n = inputShape[0];
      const input = codesOf(kind, n * terms.inputSize, 1);
      const weight = codesOf(kind, terms.weightSize, 2);
      const outputGradient = codesOf(kind, n * terms.outputSize, 3);
      const expected = referenceProducts(terms, n, { input, weight, outputGradient });
      const x = tensor(input, inputShape);
      const filter = tensor(weight, filterShape);
      const dy = tensor(outputGradient, outputShape);
      for (const scales of scalesOf(n)) {
        const y = run(integerOperations.conv2d.name, { x, filter }, { strides, pad }, scales);
        expect(y).toEqual(scaled(expected.output, n, scales));
        const attributes = { strides, pad, inputShape };
        const dx = run(
          integerOperations.conv2dInputGradient.name,
          { dy, filter },
          attributes,
          scales,
        );
        expect(dx).toEqual(scaled(expected.inputGradient, n, scales));
      }
      tf.dispose([x, filter, dy]);
    });
  });
});

it('quantized operands are multiplied without reading scales and without a pass over the product', () => {
  const { activations, weights } = layerArithmetic('luq-fp4');
  const keys = { rows: Uint32Array.of(3, 4), views: new Uint32Array(2) };
  const rounding = { key: philoxKeyFromSeed(1), step: 0, draw: 0 };
  const before = tf.memory().numTensors;
  const a = activations.quantize(tf.ones([2, 6, 5]), rounding, keys);
  const w = weights.quantize(tf.ones([5, 4]), rounding);
  const runKernel = jest.spyOn(tf.engine(), 'runKernel');
  const read = jest.spyOn(tf.engine(), 'readSync');
  const y = matMulProduct.forward(a, w);
  const sizes = runKernel.mock.results.map(({ value }) => (value as tf.Tensor).size);
  const names = runKernel.mock.calls.map(([name]) => name);
  expect(names.filter((name) => name !== 'Reshape')).toEqual(['Multiply', 'IntegerMatMul']);
  expect(sizes[names.indexOf('Multiply')]).toBe(2);
  expect(read).not.toHaveBeenCalled();
  jest.restoreAllMocks();
  expect([...y.dataSync()]).toEqual(new Array(2 * 6 * 4).fill(5));
  tf.dispose([y, ...[a, w].flatMap(operandTensors)]);
  // What was quantized is not the operands'.
  expect(tf.memory().numTensors).toBe(before + 2);
});

describeWithDots(() => {
  it('sums that fit into int32 are exact, longer ones are refused', () => {
    const longest = 133_144;
    const product = (k: number) => {
      const a = tf.fill([1, k], -127);
      const b = tf.fill([k, 1], 127);
      try {
        return run(integerOperations.matMul.name, { a, b }, { transposeB: false });
      } finally {
        tf.dispose([a, b]);
      }
    };
    expect(product(longest)).toEqual(bitsOf([-longest * 127 * 127]));
    expect(() => product(longest + 1)).toThrow(/at most 133144 products.*got 133145/);
  });
});
