import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { formatValues, type NumberFormat } from '../formats/numberFormat.ts';
import { numberFormat } from '../formats/registry.ts';
import { layerArithmetic } from '../layerArithmetic.ts';
import { LayerMultiplication } from '../layerMultiplication.ts';
import { withReadScales, type Operand } from '../operand.ts';
import { keysOf, normal } from '../testing/values.ts';
import { conv2dProduct } from './conv2d.ts';
import { float16Operations } from './float16Operations.ts';
import { matMulProduct } from './matMul.ts';

const rounding = { key: [1, 2], step: 0, draw: 0 } as const;
const runs: string[] = [];

/** Kernels that note their names and compute in float32. */
const multiply: Record<string, tf.KernelConfig['kernelFunc']> = {
  [float16Operations.matMul.name]: ({ inputs, attrs }) => {
    const { transposeB } = attrs as { transposeB: boolean };
    return tf.matMul(inputs['a'] as tf.Tensor2D, inputs['b'] as tf.Tensor2D, false, transposeB);
  },
  [float16Operations.conv2d.name]: ({ inputs }) =>
    tf.conv2d(inputs['x'] as tf.Tensor4D, inputs['filter'] as tf.Tensor4D, 1, 'same'),
  [float16Operations.conv2dInputGradient.name]: ({ inputs, attrs }) => {
    const { inputShape } = attrs as unknown as { inputShape: [number, number, number, number] };
    const [dy, filter] = [inputs['dy'] as tf.Tensor4D, inputs['filter'] as tf.Tensor4D];
    return tf.conv2dTranspose(dy, filter, inputShape, 1, 'same');
  },
};

beforeAll(() => {
  for (const [kernelName, compute] of Object.entries(multiply)) {
    tf.registerKernel({
      kernelName,
      backendName: 'cpu',
      kernelFunc(call) {
        runs.push(kernelName);
        const { scales } = call.inputs as { scales?: tf.Tensor1D };
        const product = compute(call) as tf.Tensor;
        const shape = [scales?.size ?? 1, ...new Array<number>(product.rank - 1).fill(1)];
        return scales ? tf.mul(product, tf.reshape(scales, shape)) : product;
      },
    });
  }
});
afterAll(() => {
  for (const kernelName of Object.keys(multiply)) tf.unregisterKernel(kernelName, 'cpu');
});
beforeEach(() => {
  runs.length = 0;
});

function operand(format: string, which: 'activations' | 'weights', shape: number[]): Operand {
  const x = tf.tensor(normal(tf.util.sizeFromShape(shape)), shape);
  return layerArithmetic(format)[which].quantize(x, rounding, keysOf([0, 1]));
}

describe('operands in 16-bit floats', () => {
  it('are those of formats whose codes are binary16 and not all whole numbers', () => {
    const formats = ['fp16', 'fp8-e4m3', 'fp8-e5m2', 'fp6-e3m2'];
    for (const name of formats) {
      expect(operand(name, 'weights', [3, 4]).isFloat16).toBe(true);
      const half = numberFormat('fp16') as NumberFormat;
      const values = formatValues(numberFormat(name) as NumberFormat)
        .map(({ value }) => value)
        .filter(Number.isFinite);
      expect(values.filter((value) => half.decode(half.encode(value)) !== value)).toEqual([]);
    }
    const others = ['bf16', 'fp6-e2m3', 'int8', 'luq-fp4', 'mxfp8-e4m3', 'float32'];
    expect(others.map((name) => operand(name, 'activations', [2, 4]).isFloat16 ?? false)).toEqual(
      others.map(() => false),
    );
  });

  it('are passed to kernels, forward and backward, with their scales', () => {
    const geometry = {
      inputShape: [2, 5, 4, 3],
      filterShape: [3, 3, 3, 2],
      strides: [1, 1],
      padding: 'same',
    } as const;
    for (const format of ['fp16', 'fp8-e5m2']) {
      const [a, w] = [operand(format, 'activations', [2, 4]), operand(format, 'weights', [4, 4])];
      const [x, filter] = [
        operand(format, 'activations', [2, 5, 4, 3]),
        operand(format, 'weights', [3, 3, 3, 2]),
      ];
      const dy = operand(format, 'activations', [2, 5, 4, 2]);
      const conv2d = conv2dProduct(geometry);
      const products = (plain: (operand: Operand) => Operand) => [
        matMulProduct.forward(plain(a), plain(w)),
        matMulProduct.inputGradient(plain(a), plain(w)),
        conv2d.forward(plain(x), plain(filter)),
        conv2d.inputGradient(plain(dy), plain(filter)),
      ];
      runs.length = 0;
      const expected = products((plain) => ({ ...plain, isFloat16: false }));
      expect(runs).toEqual([]);
      const found = products((plain) => plain);
      const { matMul, conv2d: forward, conv2dInputGradient } = float16Operations;
      const operations = [matMul, matMul, forward, conv2dInputGradient];
      expect(runs).toEqual(operations.map(({ name }) => name));
      const values = (tensors: tf.Tensor[]) => tensors.map((tensor) => tensor.dataSync());
      expect(values(found)).toEqual(values(expected));
    }
  });

  it('are not used with one such operand, nor for weight gradients', async () => {
    const [a, w] = [operand('fp16', 'activations', [2, 4]), operand('bf16', 'weights', [4, 4])];
    matMulProduct.forward(a, w);
    matMulProduct.inputGradient(
      operand('bf16', 'activations', [2, 4]),
      operand('fp16', 'weights', [4, 4]),
    );
    const inputs = await withReadScales(a);
    const dy = await withReadScales(operand('fp16', 'activations', [2, 3]));
    matMulProduct.clippedWeightGradient(inputs, dy, Float32Array.of(1, 0.5));
    expect(runs).toEqual([]);
  });

  it('do not include averages of several roundings', () => {
    const fp16 = layerArithmetic('fp16');
    const layer = new LayerMultiplication({
      arithmetic: { ...fp16, weightGradient: { draws: 2 } },
      product: matMulProduct,
      randomness: () => ({ key: [1, 2], step: 0 }),
      examples: keysOf([0, 1]),
    });
    const { backward } = layer.forward(
      tf.tensor2d(normal(8), [2, 4]),
      tf.tensor2d(normal(12), [4, 3]),
    );
    const { weightGradient } = backward(tf.tensor2d(normal(6), [2, 3]));
    const { inputs, outputGradients } = weightGradient.operands;
    expect([inputs.isFloat16, outputGradients.isFloat16]).toEqual([true, false]);
    weightGradient.dispose();
  });
});
