import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { SeededRandom, fillGaussian, uniformInteger } from '@dpquant/random';
import type { Operand } from '../operand.ts';
import { conv2dProduct, type Conv2dGeometry } from './conv2d.ts';
import type { LinearProduct } from './linearProduct.ts';
import { matMulProduct } from './matMul.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

/** A product as a list of its terms: output[o] += input[i]·weight[w], the same for every example. */
interface PlainProduct {
  readonly inputSize: number;
  readonly weightSize: number;
  readonly outputSize: number;
  readonly terms: readonly (readonly [output: number, input: number, weight: number])[];
}

function plainMatMul(positions: number, p: number, d: number): PlainProduct {
  const terms: [number, number, number][] = [];
  for (let t = 0; t < positions; t++) {
    for (let i = 0; i < p; i++) {
      for (let j = 0; j < d; j++) terms.push([t * d + j, t * p + i, i * d + j]);
    }
  }
  return { inputSize: positions * p, weightSize: p * d, outputSize: positions * d, terms };
}

function plainConv2d({ inputShape, filterShape, strides, padding }: Conv2dGeometry): PlainProduct {
  const [, height, width, channels] = inputShape;
  const [filterHeight, filterWidth, , filters] = filterShape;
  // Sizes and padding as TensorFlow defines them.
  const along = (size: number, filter: number, stride: number) => {
    const out =
      padding === 'same' ? Math.ceil(size / stride) : Math.ceil((size - filter + 1) / stride);
    const total = padding === 'same' ? Math.max(0, (out - 1) * stride + filter - size) : 0;
    return { out, before: Math.floor(total / 2) };
  };
  const vertical = along(height, filterHeight, strides[0]);
  const horizontal = along(width, filterWidth, strides[1]);
  const terms: [number, number, number][] = [];
  for (let oy = 0; oy < vertical.out; oy++) {
    for (let ox = 0; ox < horizontal.out; ox++) {
      for (let fy = 0; fy < filterHeight; fy++) {
        for (let fx = 0; fx < filterWidth; fx++) {
          const y = oy * strides[0] - vertical.before + fy;
          const x = ox * strides[1] - horizontal.before + fx;
          if (y < 0 || y >= height || x < 0 || x >= width) continue;
          for (let c = 0; c < channels; c++) {
            for (let f = 0; f < filters; f++) {
              terms.push([
                (oy * horizontal.out + ox) * filters + f,
                (y * width + x) * channels + c,
                ((fy * filterWidth + fx) * channels + c) * filters + f,
              ]);
            }
          }
        }
      }
    }
  }
  return {
    inputSize: height * width * channels,
    weightSize: filterHeight * filterWidth * channels * filters,
    outputSize: vertical.out * horizontal.out * filters,
    terms,
  };
}

/** Normal float values with no scales, or whole codes with scales. */
function operand(kind: 'float' | 'codes', shape: number[], scales: number, seed: number): Operand {
  const random = new SeededRandom(seed, 'operand');
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  if (kind === 'float') {
    fillGaussian(random, values);
    return { codes: tf.tensor(values, shape), scales: null };
  }
  const levels = [-64, -8, -1, 0, 1, 2, 16, 64];
  const codes = values.map(() => levels[uniformInteger(random, levels.length)]!);
  const factors = new Float32Array(scales);
  fillGaussian(random, factors);
  return { codes: tf.tensor(codes, shape), scales: factors.map(Math.abs) };
}

const value = ({ codes, scales }: Operand, index: number, example: number) =>
  codes.dataSync()[index]! * (scales === null ? 1 : scales[scales.length === 1 ? 0 : example]!);

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) {
  const size = Math.sqrt(Array.from(expected).reduce((sum, x) => sum + x * x, 0));
  const error = Math.sqrt(
    Array.from(expected).reduce((sum, x, i) => sum + (x - actual[i]!) ** 2, 0),
  );
  expect(actual.length).toBe(expected.length);
  expect(error).toBeLessThanOrEqual(tolerance * size);
}

/** Compares all four operations of a product with sums over its terms, in float64. */
function compare(
  product: LinearProduct,
  plain: PlainProduct,
  shapes: { a: number[]; w: number[]; y: number[] },
  kind: 'float' | 'codes',
) {
  const n = shapes.a[0]!;
  const before = tf.memory().numTensors;
  const a = operand(kind, shapes.a, n, 1);
  const w = operand(kind, shapes.w, 1, 2);
  const dy = operand(kind, shapes.y, n, 3);
  const factors = Float32Array.from({ length: n }, (_, i) => (i + 1) / 4);
  const y = new Float64Array(n * plain.outputSize);
  const dx = new Float64Array(n * plain.inputSize);
  const sum = new Float64Array(plain.weightSize);
  const norms = new Float64Array(n);
  const [aValues, wValues, dyValues] = [a, w, dy].map((x) => {
    const size = x.codes.size / (x === w ? 1 : n);
    return Float64Array.from({ length: x.codes.size }, (_, i) => value(x, i, Math.floor(i / size)));
  }) as [Float64Array, Float64Array, Float64Array];
  for (let i = 0; i < n; i++) {
    const gradient = new Float64Array(plain.weightSize);
    for (const [output, input, weight] of plain.terms) {
      const x = aValues[i * plain.inputSize + input]!;
      const b = dyValues[i * plain.outputSize + output]!;
      y[i * plain.outputSize + output]! += x * wValues[weight]!;
      dx[i * plain.inputSize + input]! += b * wValues[weight]!;
      gradient[weight]! += x * b;
    }
    gradient.forEach((g, j) => {
      sum[j]! += factors[i]! * g;
      norms[i]! += g * g;
    });
  }
  const forward = product.forward(a, w);
  const inputGradient = product.inputGradient(dy, w);
  const weightGradient = product.clippedWeightGradient(a, dy, factors);
  expect(forward.shape).toEqual(shapes.y);
  expect(inputGradient.shape).toEqual(shapes.a);
  expect(weightGradient.shape).toEqual(shapes.w);
  expectClose(forward.dataSync(), y, 1e-6);
  expectClose(inputGradient.dataSync(), dx, 1e-6);
  expectClose(weightGradient.dataSync(), sum, 1e-6);
  const bounds = product.squaredWeightGradientNorms(a, dy);
  bounds.forEach((bound, i) => {
    expect(bound).toBeGreaterThanOrEqual(norms[i]! * (1 - 1e-12));
    expect(bound).toBeLessThanOrEqual(norms[i]! * (1 + 1e-5));
  });
  tf.dispose([forward, inputGradient, weightGradient, a.codes, w.codes, dy.codes]);
  expect(tf.memory().numTensors).toBe(before);
}

describe.each(['float', 'codes'] as const)('products of %s', (kind) => {
  it.each([
    [3, [], 5, 4],
    [1, [], 1, 1],
    [2, [6], 5, 3],
    [2, [2, 3], 7, 5],
    [2, [2], 40, 30],
  ] as const)('matMul of %d examples at %j positions, %d × %d', (n, positions, p, d) => {
    const count = tf.util.sizeFromShape([...positions]);
    compare(
      matMulProduct,
      plainMatMul(count, p, d),
      { a: [n, ...positions, p], w: [p, d], y: [n, ...positions, d] },
      kind,
    );
  });

  const sizes: [[number, number], [number, number, number, number]][] = [
    [
      [5, 6],
      [3, 3, 2, 3],
    ],
    [
      [6, 5],
      [2, 4, 1, 5],
    ],
    [
      [3, 3],
      [1, 1, 9, 9],
    ],
    [
      [4, 4],
      [4, 4, 2, 2],
    ],
  ];
  for (const padding of ['same', 'valid'] as const) {
    for (const strides of [
      [1, 1],
      [2, 2],
      [2, 1],
    ] as [number, number][]) {
      for (const [[height, width], filterShape] of sizes) {
        it(`conv2d ${height}×${width}, ${filterShape.join('×')}, strides ${String(strides)}, ${padding}`, () => {
          const inputShape: [number, number, number, number] = [2, height, width, filterShape[2]];
          const geometry = { inputShape, filterShape, strides, padding };
          const info = tf.backend_util.computeConv2DInfo(
            inputShape,
            filterShape,
            strides,
            1,
            padding,
          );
          compare(
            conv2dProduct(geometry),
            plainConv2d(geometry),
            { a: inputShape, w: filterShape, y: info.outShape },
            kind,
          );
        });
      }
    }
  }
});

it('products of all-maximum codes are exact while K·64² ≤ 2²⁴', () => {
  const k = 4096;
  const ones = (shape: number[]): Operand => ({
    codes: tf.fill(shape, 64),
    scales: Float32Array.of(1),
  });
  expect(matMulProduct.forward(ones([1, k]), ones([k, 1])).dataSync()[0]).toBe(k * 4096);
});

it('an example that is not finite has no finite norm, also next to zeros', () => {
  const dense = (values: number[]): Operand => ({
    codes: tf.tensor(values, [1, 2, 2]),
    scales: null,
  });
  for (const bad of [NaN, Infinity]) {
    const [norm] = matMulProduct.squaredWeightGradientNorms(
      dense([bad, 0, 0, 0]),
      dense([0, 0, 1, 1]),
    );
    expect(Number.isFinite(norm)).toBe(false);
  }
});
