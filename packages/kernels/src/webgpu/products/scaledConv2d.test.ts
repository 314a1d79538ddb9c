import { afterAll, beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { integerOperations, referenceProducts } from '@dpquant/quantization';
import { describeOnWebGpu } from '../../testing/describeOnWebGpu.ts';
import { bitsOf, codesOf, convolutionCase, convolutionCases } from '../../testing/integers.ts';
import { startWebGpu } from '../../testing/startWebGpu.ts';

const { fround } = Math;

/** Sums of a batch times their example's scale, each rounded once. */
function scaled(sums: Float64Array, scales: Float32Array): Int32Array {
  const size = sums.length / scales.length;
  return bitsOf(sums.map((sum, i) => fround(fround(sum) * scales[Math.floor(i / size)]!)));
}

async function run(
  kernel: string,
  inputs: tf.NamedTensorMap,
  attributes: object,
): Promise<Int32Array> {
  const result = tf.engine().runKernel<tf.Tensor>(kernel, inputs, attributes as tf.NamedAttrMap);
  const bits = bitsOf(await result.data());
  result.dispose();
  return bits;
}

const tensor = (codes: Int8Array, shape: number[]) => tf.tensor(Float32Array.from(codes), shape);

describeOnWebGpu('integer convolutions on WebGPU', () => {
  beforeAll(startWebGpu);
  afterAll(() => tf.setBackend('cpu'));

  const cases = [
    // More lines and columns than a tile has, and strides with all kinds of parts.
    convolutionCase([3, 9, 9, 4], [3, 3, 4, 72], [1, 1], 'same'),
    convolutionCase([2, 13, 12, 8], [3, 3, 8, 8], [2, 2], 'same'),
    convolutionCase([2, 13, 9, 4], [3, 2, 4, 12], [3, 2], 'valid'),
    ...convolutionCases(6),
  ];

  it.each(cases)('$name: forward and input gradient are exact', async (test) => {
    const { inputShape, filterShape, outputShape, strides, pad, terms } = test;
    const n = inputShape[0];
    const codes = {
      input: codesOf('random', n * terms.inputSize, 1),
      weight: codesOf('random', terms.weightSize, 2),
      outputGradient: codesOf('random', n * terms.outputSize, 3),
    };
    const expected = referenceProducts(terms, n, codes);
    const x = tensor(codes.input, inputShape);
    const filter = tensor(codes.weight, filterShape);
    const dy = tensor(codes.outputGradient, outputShape);
    const values = Float32Array.from({ length: n }, (_, i) => [0.37, NaN, 3e30][i % 3]!);
    const scales = tf.tensor1d(values);
    const before = tf.memory().numTensors;
    const window = { strides, pad };
    const output = await run(integerOperations.conv2d.name, { x, filter, scales }, window);
    const attributes = { ...window, inputShape };
    const gradient = await run(
      integerOperations.conv2dInputGradient.name,
      { dy, filter },
      attributes,
    );
    expect(output).toEqual(scaled(expected.output, values));
    expect(gradient).toEqual(scaled(expected.inputGradient, Float32Array.of(1)));
    const scaledGradient = await run(
      integerOperations.conv2dInputGradient.name,
      { dy, filter, scales },
      attributes,
    );
    expect(scaledGradient).toEqual(scaled(expected.inputGradient, values));
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, filter, dy, scales]);
  });
});
