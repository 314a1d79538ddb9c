import { afterAll, beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { integerOperations, referenceProducts } from '@dpquant/quantization';
import {
  convolutions,
  forEachProduct,
  operandValues,
  ProductSums,
} from '../../testing/convolutions.ts';
import { describeOnWebGpu } from '../../testing/describeOnWebGpu.ts';
import { gradientLayers } from '../../testing/gradientLayers.ts';
import { codesOf } from '../../testing/integers.ts';
import { startWebGpu } from '../../testing/startWebGpu.ts';

const sizeOf = (shape: readonly number[]) => tf.util.sizeFromShape([...shape]);
const tensor = (codes: Int8Array, shape: readonly number[]) =>
  tf.tensor(Float32Array.from(codes), [...shape]);

async function run(kernel: string, inputs: tf.NamedTensorMap, attributes: object) {
  const before = tf.engine().backend.numDataIds();
  const result = tf.engine().runKernel<tf.Tensor>(kernel, inputs, attributes as tf.NamedAttrMap);
  const values = (await result.data()) as Float32Array;
  result.dispose();
  expect(tf.engine().backend.numDataIds()).toBe(before);
  return { values, shape: result.shape };
}

describeOnWebGpu('weight gradients on WebGPU', () => {
  beforeAll(startWebGpu);
  afterAll(() => tf.setBackend('cpu'));

  it.each(gradientLayers)('$name of codes: each example exact, then weighted', async (layer) => {
    const { terms, inputShape, outputShape } = layer;
    const n = inputShape[0]!;
    const input = codesOf('random', sizeOf(inputShape), 1);
    const outputGradient = codesOf('largest luq-fp4', sizeOf(outputShape), 2);
    const weight = new Int8Array(terms.weightSize);
    const { weightGradients } = referenceProducts(terms, n, { input, weight, outputGradient });
    const [a, dy] = [tensor(input, inputShape), tensor(outputGradient, outputShape)];
    const inputs = { [layer.inputName]: a, dy };
    const ofFactors = (factors: Float32Array) =>
      run(integerOperations[layer.gradient].name, inputs, { ...layer.attributes, factors });
    const size = terms.weightSize;
    // One example alone: nothing is rounded but the product.
    for (let example = 0; example < n; example++) {
      const alone = new Float32Array(n);
      alone[example] = 0.3;
      const { values, shape } = await ofFactors(alone);
      expect(shape).toEqual(layer.gradientShape);
      const expected = weightGradients
        .subarray(example * size, (example + 1) * size)
        .map((x) => Math.fround(Math.fround(x) * alone[example]!));
      expect(values.findIndex((x, k) => x !== expected[k])).toBe(-1);
    }
    const factors = Float32Array.from({ length: n }, (_, i) => [0.3, 1e-20, 7][i % 3]!);
    const { values } = await ofFactors(factors);
    let worst = 0;
    for (let k = 0; k < size; k++) {
      let [sum, reach] = [0, 0];
      for (let i = 0; i < n; i++) {
        const term = factors[i]! * weightGradients[i * size + k]!;
        sum += term;
        reach += Math.abs(term);
      }
      worst = Math.max(worst, Math.abs(values[k]! - sum) / (reach || 1));
    }
    expect(worst).toBeLessThanOrEqual((n + 1) * 2 ** -24);
    tf.dispose([a, dy]);
  });

  it.each(convolutions.slice(0, 8))('the filter gradient of $name in float32', async (test) => {
    const { info, filterShape, inputShape } = test;
    for (const areWhole of [false, true]) {
      const values = operandValues(inputShape, 1, areWhole);
      const gradients = operandValues(info.outShape, 2, areWhole);
      const [x, dy] = [tf.tensor(values, inputShape), tf.tensor(gradients, info.outShape)];
      const found = await run(tf.Conv2DBackpropFilter, { x, dy }, test);
      const expected = new ProductSums(sizeOf(filterShape));
      forEachProduct(info, (output, input, weight) =>
        expected.add(weight, values[input]! * gradients[output]!),
      );
      expect(expected.largestError(found.values)).toBeLessThanOrEqual(areWhole ? 0 : 1);
      tf.dispose([x, dy]);
    }
  });
});
