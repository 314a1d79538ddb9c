import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { backendNamed } from '@dpquant/operations';
import { SeededRandom, fillGaussian, philoxKeyFromSeed, uniformInteger } from '@dpquant/random';
import { layerArithmetic } from '../layerArithmetic.ts';
import type { Operand, ReadOperand } from '../operand.ts';
import { keysOf, normal } from '../testing/values.ts';
import { conv2dProduct, type Conv2dGeometry } from './conv2d.ts';
import type { LinearProduct } from './linearProduct.ts';
import { integerOperations, type ScaledProductAttributes } from './integerOperations.ts';
import { matMulProduct } from './matMul.ts';
import { conv2dTerms, matMulTerms, referenceProducts, type ProductTerms } from './reference.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

/** Normal float values with no scales, or whole codes with scales. */
function operand(
  kind: 'float' | 'codes',
  shape: number[],
  scales: number,
  seed: number,
): ReadOperand {
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

const value = ({ codes, scales }: ReadOperand, index: number, example: number) =>
  codes.dataSync()[index]! * (scales === null ? 1 : scales[scales.length === 1 ? 0 : example]!);

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) {
  const size = Math.sqrt(Array.from(expected).reduce((sum, x) => sum + x * x, 0));
  const error = Math.sqrt(
    Array.from(expected).reduce((sum, x, i) => sum + (x - actual[i]!) ** 2, 0),
  );
  expect(actual.length).toBe(expected.length);
  expect(error).toBeLessThanOrEqual(tolerance * size);
}

/** The terms of a convolution of one example. */
const termsOf = ({ inputShape, filterShape, strides, padding }: Conv2dGeometry): ProductTerms => {
  const [, height, width, channels] = inputShape;
  return conv2dTerms({
    input: [height, width, channels],
    filter: filterShape,
    strides,
    padding,
  });
};

/** Compares all four operations of a product with sums over its terms, in float64. */
async function compare(
  product: LinearProduct,
  terms: ProductTerms,
  shapes: { a: number[]; w: number[]; y: number[] },
  kind: 'float' | 'codes',
) {
  const n = shapes.a[0]!;
  const before = tf.memory().numTensors;
  const a = operand(kind, shapes.a, n, 1);
  const w = operand(kind, shapes.w, 1, 2);
  const dy = operand(kind, shapes.y, n, 3);
  const factors = Float32Array.from({ length: n }, (_, i) => (i + 1) / 4);
  const [input, weight, outputGradient] = [a, w, dy].map((x) => {
    const size = x.codes.size / (x === w ? 1 : n);
    return Float64Array.from({ length: x.codes.size }, (_, i) => value(x, i, Math.floor(i / size)));
  }) as [Float64Array, Float64Array, Float64Array];
  const expected = referenceProducts(terms, n, { input, weight, outputGradient });
  const sum = new Float64Array(terms.weightSize);
  const norms = new Float64Array(n);
  expected.weightGradients.forEach((g, k) => {
    const i = Math.floor(k / terms.weightSize);
    sum[k % terms.weightSize]! += factors[i]! * g;
    norms[i]! += g * g;
  });
  const forward = product.forward(a, w);
  const inputGradient = product.inputGradient(dy, w);
  const weightGradient = product.clippedWeightGradient(a, dy, factors);
  expect(forward.shape).toEqual(shapes.y);
  expect(inputGradient.shape).toEqual(shapes.a);
  expect(weightGradient.shape).toEqual(shapes.w);
  expectClose(forward.dataSync(), expected.output, 1e-6);
  expectClose(inputGradient.dataSync(), expected.inputGradient, 1e-6);
  expectClose(weightGradient.dataSync(), sum, 1e-6);
  const bounds = await product.squaredWeightGradientNorms(a, dy);
  bounds.forEach((bound, i) => {
    expect(bound).toBeGreaterThanOrEqual(norms[i]! * (1 - 1e-12));
    expect(bound).toBeLessThanOrEqual(norms[i]! * (1 + 1e-4) + 1e-50);
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
  ] as const)('matMul of %d examples at %j positions, %d × %d', async (n, positions, p, d) => {
    const count = tf.util.sizeFromShape([...positions]);
    await compare(
      matMulProduct,
      matMulTerms(count, p, d),
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
        it(`conv2d ${height}×${width}, ${filterShape.join('×')}, strides ${String(strides)}, ${padding}`, async () => {
          const inputShape: [number, number, number, number] = [2, height, width, filterShape[2]];
          const geometry = { inputShape, filterShape, strides, padding };
          const info = tf.backend_util.computeConv2DInfo(
            inputShape,
            filterShape,
            strides,
            1,
            padding,
          );
          await compare(
            conv2dProduct(geometry),
            termsOf(geometry),
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

it('an example that is not finite has no finite norm, even next to zeros', async () => {
  const dense = (values: number[]): ReadOperand => ({
    codes: tf.tensor(values, [1, 2, 2]),
    scales: null,
  });
  for (const bad of [NaN, Infinity]) {
    const [norm] = await matMulProduct.squaredWeightGradientNorms(
      dense([bad, 0, 0, 0]),
      dense([0, 0, 1, 1]),
    );
    expect(Number.isFinite(norm)).toBe(false);
  }
});

describe('integer codes', () => {
  /** The plain reference as kernels of the cpu backend, which count how often they run. */
  const runs = { count: 0 };
  const integers = (tensor: tf.Tensor) => {
    const codes = tensor.dataSync();
    const rounded = Int8Array.from(codes);
    expect([...rounded]).toEqual([...codes]);
    return rounded;
  };
  type Shape4 = [number, number, number, number];
  const convolution = (attributes: object, inputShape: Shape4, filterShape: Shape4) => {
    const { strides, pad } = attributes as { strides: [number, number]; pad: 'same' | 'valid' };
    return termsOf({ inputShape, filterShape, strides, padding: pad });
  };
  const asTensor = (values: Float64Array, shape: number[], scales: tf.Tensor | undefined) => {
    runs.count++;
    const factors = scales?.dataSync();
    const size = values.length / (factors?.length ?? 1);
    const scaled = values.map(
      (sum, i) => Math.fround(sum) * (factors?.[Math.floor(i / size)] ?? 1),
    );
    return tf.tensor(Float32Array.from(scaled), shape);
  };
  const kernels: Record<
    string,
    (inputs: Record<string, tf.Tensor>, attributes: object) => tf.Tensor
  > = {
    [integerOperations.matMul.name]({ a, b, scales }, attributes) {
      const { transposeB } = attributes as { transposeB: boolean };
      const right = transposeB ? tf.transpose(b!) : b!;
      const [m, k] = a!.shape as [number, number];
      const d = right.shape[1]!;
      const { output } = referenceProducts(matMulTerms(m, k, d), 1, {
        input: integers(a!),
        weight: integers(right),
        outputGradient: new Int8Array(m * d),
      });
      return asTensor(output, [m, d], scales);
    },
    [integerOperations.conv2d.name]({ x, filter, scales }, attributes) {
      const terms = convolution(attributes, x!.shape as Shape4, filter!.shape as Shape4);
      const n = x!.shape[0];
      const { output } = referenceProducts(terms, n, {
        input: integers(x!),
        weight: integers(filter!),
        outputGradient: new Int8Array(n * terms.outputSize),
      });
      const { strides, pad } = attributes as { strides: [number, number]; pad: 'same' };
      const { outShape } = tf.backend_util.computeConv2DInfo(
        x!.shape as Shape4,
        filter!.shape as Shape4,
        strides,
        1,
        pad,
      );
      return asTensor(output, outShape, scales);
    },
    [integerOperations.conv2dInputGradient.name]({ dy, filter, scales }, attributes) {
      const { inputShape } = attributes as { inputShape: Shape4 };
      const terms = convolution(attributes, inputShape, filter!.shape as Shape4);
      const n = dy!.shape[0];
      const { inputGradient } = referenceProducts(terms, n, {
        input: new Int8Array(n * terms.inputSize),
        weight: integers(filter!),
        outputGradient: integers(dy!),
      });
      return asTensor(inputGradient, inputShape, scales);
    },
  };

  function withIntegerKernels<T>(body: () => T): T {
    for (const [kernelName, run] of Object.entries(kernels)) {
      tf.registerKernel({
        kernelName,
        backendName: 'cpu',
        kernelFunc: ({ inputs, attrs }) => {
          const tensors = inputs as unknown as Record<string, tf.Tensor>;
          const { largest } = attrs as unknown as ScaledProductAttributes;
          const operands = Object.keys(tensors).filter((name) => name !== 'scales');
          const found = operands.map((name) => tf.max(tf.abs(tensors[name]!)).dataSync()[0]!);
          expect(found.map((magnitude, i) => magnitude <= largest![i]!)).toEqual([true, true]);
          return run(tensors, attrs ?? {});
        },
      });
    }
    try {
      return body();
    } finally {
      for (const kernelName of Object.keys(kernels)) tf.unregisterKernel(kernelName, 'cpu');
    }
  }

  const randomness = { key: philoxKeyFromSeed(1), step: 1, draw: 0 };

  /** Operands of a format with random values, or with all codes the largest there is. */
  function operands(
    name: string,
    allMaximum: boolean,
    shapes: number[][],
    seed: number,
  ): Operand[] {
    const { activations, weights } = layerArithmetic(name);
    return shapes.map((shape, i) => {
      const count = tf.util.sizeFromShape(shape);
      const values = allMaximum ? new Float32Array(count).fill(3) : normal(count, seed + i);
      const x = tf.tensor(values, shape);
      const keys = keysOf(Array.from({ length: shape[0]! }, (_, row) => row));
      return i === 1 ? weights.quantize(x, randomness) : activations.quantize(x, randomness, keys);
    });
  }

  /** Forward and input gradient with and without integer kernels: the same to the bit. */
  function expectSame(product: LinearProduct, [a, w, dy]: Operand[]) {
    const both = () => [
      product.forward(a!, w!).dataSync(),
      product.inputGradient(dy!, w!).dataSync(),
    ];
    const simulated = both();
    runs.count = 0;
    expect(withIntegerKernels(both)).toEqual(simulated);
    expect(runs.count).toBe(2);
  }

  it('are multiplied by the same scales, whether these are tensors or values', () => {
    const shapes = [
      [3, 2, 5],
      [5, 4],
      [3, 2, 4],
    ];
    const [a, w, dy] = operands('int8', false, shapes, 7) as ReadOperand[];
    const single = { ...a!, scales: a!.scales!.slice(0, 1) };
    const inTensor = (x: ReadOperand): Operand => ({ ...x, scales: tf.tensor1d(x.scales!) });
    const before = tf.memory().numTensors;
    for (const x of [a!, single]) {
      const expected = [matMulProduct.forward(x, w!), matMulProduct.inputGradient(dy!, w!)];
      const values = expected.map((product) => product.dataSync());
      const tensors = [x, w!, dy!].map(inTensor);
      for (const first of [x, tensors[0]!]) {
        for (const second of [w!, tensors[1]!]) {
          const isTensor = first !== x;
          const products = () => [
            matMulProduct.forward(first, second),
            matMulProduct.inputGradient(isTensor ? tensors[2]! : dy!, second),
          ];
          const [inFloat32, asIntegers] = [products(), withIntegerKernels(products)];
          for (const found of [inFloat32, asIntegers]) {
            expect(found.map((product) => product.dataSync())).toEqual(values);
            tf.dispose(found);
          }
        }
      }
      tf.dispose([expected, tensors.map(({ scales }) => scales as tf.Tensor)]);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('are given the largest codes of both operands', () => {
    const bounds: unknown[] = [];
    const operand = (largestInteger: number, shape: number[]): Operand => ({
      codes: tf.ones(shape),
      scales: null,
      largestInteger,
    });
    const cpu = backendNamed('cpu');
    const config = integerOperations.matMul.on(cpu, (_backend, { a, b }, { largest }) => {
      bounds.push(largest);
      return tf.matMul(a, b);
    });
    tf.registerKernel(config);
    try {
      matMulProduct.forward(operand(64, [2, 3]), operand(7, [3, 4]));
    } finally {
      tf.unregisterKernel(integerOperations.matMul.name, 'cpu');
    }
    expect(bounds).toEqual([[64, 7]]);
  });

  for (const name of ['luq-fp4', 'int4', 'int8', 'fp4-e2m1']) {
    it.each([false, true])(`in ${name} multiply as simulated, all maximum: %p`, (allMaximum) => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 3 }),
          fc.integer({ min: 1, max: 40 }),
          fc.integer({ min: 1, max: 6 }),
          fc.nat(100),
          (n, p, d, seed) => {
            const shapes = [
              [n, 2, p],
              [p, d],
              [n, 2, d],
            ];
            expectSame(matMulProduct, operands(name, allMaximum, shapes, seed));
          },
        ),
        { numRuns: 20 },
      );
      fc.assert(
        fc.property(
          fc.tuple(fc.integer({ min: 3, max: 6 }), fc.integer({ min: 3, max: 6 })),
          fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
          fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
          fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 })),
          fc.constantFrom<('same' | 'valid')[]>('same', 'valid'),
          fc.nat(100),
          (size, filter, channels, strides, padding, seed) => {
            const inputShape: Shape4 = [2, ...size, channels[0]];
            const filterShape: Shape4 = [...filter, ...channels];
            const { outShape } = tf.backend_util.computeConv2DInfo(
              inputShape,
              filterShape,
              strides,
              1,
              padding,
            );
            const product = conv2dProduct({ inputShape, filterShape, strides, padding });
            const shapes = [inputShape, filterShape, outShape];
            expectSame(product, operands(name, allMaximum, shapes, seed));
          },
        ),
        { numRuns: 20 },
      );
    });
  }

  it('are passed to kernels only if their sums fit an int32', () => {
    const largest = (k: number, magnitude: number): Operand[] =>
      [
        [1, k],
        [k, 1],
      ].map((shape) => ({ codes: tf.ones(shape), scales: null, largestInteger: magnitude }));
    const isRun = (k: number, magnitude: number) => {
      const [a, w] = largest(k, magnitude);
      runs.count = 0;
      withIntegerKernels(() => matMulProduct.forward(a!, w!));
      return runs.count === 1;
    };
    expect([isRun(133_144, 127), isRun(133_145, 127), isRun(133_145, 64)]).toEqual([
      true,
      false,
      true,
    ]);
    expect(isRun(3, 128)).toBe(false);
  });

  it('stay exact in kernels beyond the range of exact float32 sums', () => {
    // 1042·127² is above 2²⁴ and even: a float32 sum of odd terms would round on its way.
    const k = 1042;
    const shapes = [
      [1, k],
      [k, 1],
      [1, 1],
    ];
    const [a, w] = operands('int8', true, shapes, 1);
    const unscaled = (x: Operand): Operand => ({ ...x, scales: null });
    const y = withIntegerKernels(() => matMulProduct.forward(unscaled(a!), unscaled(w!)));
    expect(y.dataSync()[0]).toBe(k * 127 * 127);
  });

  it('are not integers in other formats or with scales per block', () => {
    for (const name of ['fp8-e4m3', 'fp6-e3m2', 'bf16', 'mxint8']) {
      const [a] = operands(name, false, [[2, 8]], 1);
      expect(a!.largestInteger).toBeUndefined();
    }
  });
});
