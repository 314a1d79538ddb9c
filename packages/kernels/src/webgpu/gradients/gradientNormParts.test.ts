import { afterAll, beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import {
  conv2dProduct,
  gradientNormPartOperations,
  matMulProduct,
  type Conv2dGeometry,
  type LinearProduct,
} from '@dpquant/quantization';
import { describeOnWebGpu } from '../../testing/describeOnWebGpu.ts';
import { codesOf } from '../../testing/integers.ts';
import { normal } from '../../testing/normal.ts';
import { startWebGpu } from '../../testing/startWebGpu.ts';

interface Case {
  readonly name: string;
  readonly product: LinearProduct;
  readonly aShape: number[];
  readonly dyShape: number[];
}

function matMulCase(n: number, positions: number, p: number, d: number): Case {
  return {
    name: `matMul ${n}, ${positions}×${p}×${d}`,
    product: matMulProduct,
    aShape: [n, positions, p],
    dyShape: [n, positions, d],
  };
}

function conv2dCase(geometry: Conv2dGeometry): Case {
  const { inputShape, filterShape, strides, padding } = geometry;
  const info = tf.backend_util.computeConv2DInfo(
    [...inputShape],
    [...filterShape],
    [...strides],
    1,
    padding,
  );
  return {
    name: `conv2d ${inputShape.join('×')}, ${filterShape.join('×')}, ${strides.join(',')} ${padding}`,
    product: conv2dProduct(geometry),
    aShape: [...inputShape],
    dyShape: info.outShape,
  };
}

const cases = [
  matMulCase(2, 1, 5, 3),
  matMulCase(1, 2, 1, 1),
  matMulCase(3, 64, 33, 40),
  matMulCase(2, 17, 70, 31),
  conv2dCase({
    inputShape: [2, 12, 12, 8],
    filterShape: [3, 3, 8, 16],
    strides: [1, 1],
    padding: 'same',
  }),
  conv2dCase({
    inputShape: [2, 9, 7, 4],
    filterShape: [3, 3, 4, 5],
    strides: [2, 2],
    padding: 'same',
  }),
  conv2dCase({
    inputShape: [2, 28, 28, 1],
    filterShape: [8, 8, 1, 16],
    strides: [2, 2],
    padding: 'same',
  }),
  conv2dCase({
    inputShape: [2, 8, 8, 4],
    filterShape: [1, 1, 4, 8],
    strides: [3, 2],
    padding: 'valid',
  }),
];

/** Bounds on WebGPU, as the layer gets them. */
async function bounds(
  { product, aShape, dyShape }: Case,
  a: Float32Array,
  dy: Float32Array,
  integers: { largestInteger?: number } = {},
) {
  const [codes, gradients] = [tf.tensor(a, aShape), tf.tensor(dy, dyShape)];
  const squared = await product.squaredWeightGradientNorms(
    { codes, scales: null, ...integers },
    { codes: gradients, scales: null, ...integers },
  );
  tf.dispose([codes, gradients]);
  return squared;
}

/** ‖AᵀB‖² and ‖A‖²‖B‖² of every example, in float64. */
async function truth({ product, aShape, dyShape }: Case, a: Float32Array, dy: Float32Array) {
  const { inputs, outputGradients } = product.unfold(tf.tensor(a, aShape), tf.tensor(dy, dyShape));
  const [n, positions, p] = inputs.shape;
  const d = outputGradients.shape[2];
  const [left, right] = [await inputs.data(), await outputGradients.data()];
  return Array.from({ length: n }, (_, example) => {
    let product = 0;
    for (let i = 0; i < p; i++) {
      for (let j = 0; j < d; j++) {
        let entry = 0;
        for (let t = example * positions; t < (example + 1) * positions; t++) {
          entry += left[t * p + i]! * right[t * d + j]!;
        }
        product += entry ** 2;
      }
    }
    const square = (values: ArrayLike<number>, size: number) => {
      let sum = 0;
      for (let i = example * size; i < (example + 1) * size; i++) sum += values[i]! ** 2;
      return sum;
    };
    return { product, factors: square(left, positions * p) * square(right, positions * d) };
  });
}

describeOnWebGpu('gradient norms on WebGPU', () => {
  beforeAll(startWebGpu);
  afterAll(() => tf.setBackend('cpu'));

  it('are the kernels that run', () => {
    for (const { name } of Object.values(gradientNormPartOperations)) {
      expect(tf.getKernel(name, 'webgpu')).toBeDefined();
    }
  });

  it.each(cases)('$name: tight upper bounds', async (test) => {
    const [a, dy] = [
      normal(tf.util.sizeFromShape(test.aShape), 1),
      normal(tf.util.sizeFromShape(test.dyShape), 2),
    ];
    const found = await bounds(test, a, dy);
    const expected = await truth(test, a, dy);
    const positions = tf.util.sizeFromShape(test.dyShape.slice(1, -1));
    expected.forEach(({ product, factors }, i) => {
      const rounding = (positions + 2) * 2 ** -24 * Math.sqrt(factors);
      expect(found[i]).toBeGreaterThanOrEqual(product);
      // What the sum itself and the kernel round, each in the worst case, and what the addends may
      // lack.
      expect(Math.sqrt(found[i]!)).toBeLessThanOrEqual(
        (Math.sqrt(product) + 2 * rounding) * (1 + 2 ** -17),
      );
    });
  });

  it.each(cases)('$name of codes: upper bounds of exact products', async (test) => {
    const ofCodes = (shape: number[], seed: number) =>
      Float32Array.from(codesOf('luq-fp4', tf.util.sizeFromShape(shape), seed));
    const [a, dy] = [ofCodes(test.aShape, 1), ofCodes(test.dyShape, 2)];
    const found = await bounds(test, a, dy, { largestInteger: 64 });
    (await truth(test, a, dy)).forEach(({ product }, i) => {
      expect(found[i]).toBeGreaterThanOrEqual(product);
      expect(found[i]).toBeLessThanOrEqual(product * (1 + 2 ** -15));
    });
  });

  it.each([
    ['tiny', 1e-25, 1e-16],
    ['huge', 1e15, 1e16],
  ])('stay upper bounds of %s gradients', async (_name, ofA, ofB) => {
    const test = cases[4]!;
    const a = normal(tf.util.sizeFromShape(test.aShape), 1).map((x) => x * ofA);
    const dy = normal(tf.util.sizeFromShape(test.dyShape), 2).map((x) => x * ofB);
    const found = await bounds(test, a, dy);
    (await truth(test, a, dy)).forEach(({ product }, i) => {
      expect(found[i]).toBeGreaterThanOrEqual(product);
      expect(Number.isFinite(found[i])).toBe(true);
    });
  });

  it('are not finite if the gradient is outside float32', async () => {
    const test = cases[4]!;
    const a = normal(tf.util.sizeFromShape(test.aShape), 1).map((x) => x * 1e15);
    const dy = normal(tf.util.sizeFromShape(test.dyShape), 2).map((x) => x * 1e25);
    expect([...(await bounds(test, a, dy))].every(Number.isNaN)).toBe(true);
  });

  it('are not finite for an example that is not, and leave the others unchanged', async () => {
    const test = cases[5]!;
    const [a, dy] = [
      normal(tf.util.sizeFromShape(test.aShape), 3),
      normal(tf.util.sizeFromShape(test.dyShape), 4),
    ];
    const clean = await bounds(test, a, dy);
    for (const bad of [NaN, Infinity, -Infinity]) {
      for (const isInput of [true, false]) {
        const [spoilt, other] = isInput ? [a.slice(), dy] : [dy.slice(), a];
        spoilt[3] = bad;
        const found = await (isInput ? bounds(test, spoilt, other) : bounds(test, other, spoilt));
        expect([Number.isFinite(found[0]), found[1]]).toEqual([false, clean[1]]);
      }
    }
  });
});
