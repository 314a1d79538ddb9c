import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { Shape4D } from '@dpquant/operations';
import {
  conv2dProduct,
  gradientNormOperations,
  matMulProduct,
  roundedSumOperations,
  type LinearProduct,
} from '@dpquant/quantization';
import { SeededRandom, uniformInteger } from '@dpquant/random';
import { startThreads } from '../simd/threadPool.ts';
import type { WasmBackend } from '../simd/wasmBackend.ts';
import { sharedBackend } from '../testing/bareBackend.ts';
import { codesOf, convolutionCases } from '../testing/integers.ts';
import { normal } from '../testing/normal.ts';
import { startWasm } from '../testing/startWasm.ts';
import { roundedSumConfigs } from './roundedSum.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

const { fround } = Math;
const largest = 2 ** 22;

/** To the nearest whole number, halves to even, in float64. */
const rint = (x: number) => x + 1.5 * 2 ** 52 - 1.5 * 2 ** 52;

/** A layer: shapes of its operands, how they unfold, and its kernels. */
interface Layer {
  readonly name: string;
  readonly aShape: number[];
  readonly dyShape: number[];
  readonly product: LinearProduct;
  readonly kernels: { readonly sum: string; readonly norms: string };
  /** What the kernel of the sum calls its inputs. */
  readonly inputName: 'a' | 'x';
  readonly attributes: object;
}

function dense(n: number, positions: number, p: number, d: number): Layer {
  return {
    name: `matMul of ${n}·${positions} rows, ${p}×${d}`,
    aShape: [n, positions, p],
    dyShape: [n, positions, d],
    product: matMulProduct,
    kernels: {
      sum: roundedSumOperations.matMul.name,
      norms: gradientNormOperations.matMul.name,
    },
    inputName: 'a',
    attributes: {},
  };
}

const convolutions = convolutionCases(25).map(
  ({ name, inputShape, filterShape, outputShape, strides, pad }): Layer => ({
    name: `conv2d ${name}`,
    aShape: inputShape,
    dyShape: outputShape,
    product: conv2dProduct({ inputShape, filterShape, strides, padding: pad }),
    kernels: {
      sum: roundedSumOperations.conv2d.name,
      norms: gradientNormOperations.conv2d.name,
    },
    inputName: 'x',
    attributes: { filterShape, strides, pad },
  }),
);

const random = new SeededRandom(12, 'shapes');
const upTo = (limit: number) => 1 + uniformInteger(random, limit);
const layers = [
  dense(5, 1, 13, 11),
  dense(5, 2, 4, 8),
  dense(5, 3, 7, 17),
  dense(5, 5, 1, 1),
  dense(4, 64, 21, 9),
  // More examples, rows and columns than are summed at a time.
  dense(300, 1, 9, 260),
  dense(2, 3, 150, 259),
  ...Array.from({ length: 15 }, () => dense(upTo(5), upTo(20), upTo(21), upTo(19))),
  ...convolutions,
];

/** Values of both operands. */
interface Values {
  readonly a: Float32Array;
  readonly dy: Float32Array;
}

const sizeOf = tf.util.sizeFromShape;

function valuesOf({ aShape, dyShape }: Layer): Values {
  return { a: normal(sizeOf(aShape), 1), dy: normal(sizeOf(dyShape), 2) };
}

/** Gradients AᵀB of all examples by float32 chains in the order of positions; B is multiplied by `scales` first. */
function chains({ product, aShape, dyShape }: Layer, { a, dy }: Values, scales?: Float32Array) {
  const [x, gradients] = [tf.tensor(a, aShape), tf.tensor(dy, dyShape)];
  const { inputs, outputGradients } = product.unfold(x, gradients);
  const [n, positions, p] = inputs.shape;
  const d = outputGradients.shape[2];
  const [left, right] = [inputs.dataSync<'float32'>(), outputGradients.dataSync<'float32'>()];
  tf.dispose([x, gradients, inputs, outputGradients]);
  const all = Array.from({ length: n }, (_, example) => {
    const entries = new Float32Array(p * d);
    for (let t = example * positions; t < (example + 1) * positions; t++) {
      for (let i = 0; i < p; i++) {
        for (let j = 0; j < d; j++) {
          const b = fround(right[t * d + j]! * (scales?.[example] ?? 1));
          entries[i * d + j] = fround(entries[i * d + j]! + fround(left[t * p + i]! * b));
        }
      }
    }
    return entries;
  });
  return { all, positions };
}

/** Σ rint(fl(factor·gradient)) by plain loops. */
function oracle(layer: Layer, values: Values, factors: Float32Array): Int32Array {
  const { all, positions } = chains(layer, values);
  const folded = positions === 1 ? chains(layer, values, factors).all : undefined;
  const sums = new Int32Array(all[0]!.length);
  factors.forEach((factor, i) => {
    if (factor === 0) return;
    for (let k = 0; k < sums.length; k++) {
      sums[k]! += rint(folded ? folded[i]![k]! : fround(factor * all[i]![k]!));
    }
  });
  return sums;
}

/** The same by the kernel. Throws if a tensor is left behind. */
function byKernel(
  { kernels, inputName, attributes, aShape, dyShape }: Layer,
  { a, dy }: Values,
  factors: Float32Array,
  areIntegers = false,
): Int32Array {
  const n = factors.length;
  const before = tf.memory().numTensors;
  const inputs = {
    [inputName]: tf.tensor(a, [n, ...aShape.slice(1)]),
    dy: tf.tensor(dy, [n, ...dyShape.slice(1)]),
  };
  const all = { ...attributes, factors, areIntegers } as unknown as tf.NamedAttrMap;
  const result = tf.engine().runKernel<tf.Tensor>(kernels.sum, inputs, all);
  expect(result.dtype).toBe('int32');
  const sums = result.dataSync<'int32'>().slice();
  tf.dispose([inputs, result]);
  expect(tf.memory().numTensors).toBe(before);
  return sums;
}

/** Factors of all sizes up to those that bring gradients to 2²²; every fourth one is 0. */
function factorsOf(gradients: readonly Float32Array[]): Float32Array {
  return Float32Array.from(gradients, (gradient, i) => {
    const norm = gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 1e-10);
    return [(largest * (1 - 2 ** -20)) / norm, 3.7 / norm, 12345.678 / norm, 0][i % 4]!;
  });
}

/** The examples at `indices` alone. */
function select({ a, dy }: Values, n: number, indices: readonly number[]): Values {
  const of = (values: Float32Array) => {
    const size = values.length / n;
    return Float32Array.from(
      indices.flatMap((i) => Array.from(values.subarray(i * size, (i + 1) * size))),
    );
  };
  return { a: of(a), dy: of(dy) };
}

describe.each(layers)('the sum of $name', (layer) => {
  const n = layer.aShape[0]!;
  const values = valuesOf(layer);
  let gradients: Float32Array[];
  let factors: Float32Array;
  beforeAll(() => {
    gradients = chains(layer, values).all;
    factors = factorsOf(gradients);
  });

  it('is that of plain loops, to the bit', () => {
    expect(byKernel(layer, values, factors)).toEqual(oracle(layer, values, factors));
  });

  it('has the gradients whose norms are taken', () => {
    const inputs = {
      a: tf.tensor(values.a, layer.aShape),
      dy: tf.tensor(values.dy, layer.dyShape),
    };
    const attributes = { ...layer.attributes, isGhost: false };
    const result = tf.engine().runKernel<tf.Tensor>(layer.kernels.norms, inputs, attributes);
    const norms = new Float64Array(result.dataSync<'int32'>().slice().buffer);
    tf.dispose([inputs, result]);
    const isSingle = chains(layer, values).positions === 1;
    gradients.forEach((gradient, i) => {
      const squared = gradient.reduce((sum, g) => sum + g * g, 0);
      // At a single position the norm is that of the factors.
      const relative = isSingle ? 2 ** -22 : 1e-13;
      expect(Math.abs(norms[3 * i]! - squared)).toBeLessThanOrEqual(relative * squared);
    });
  });

  it('does not depend on the order of examples, nor on how they are cut', () => {
    const expected = byKernel(layer, values, factors);
    const reversed = Array.from({ length: n }, (_, i) => n - 1 - i);
    const turned = select(values, n, reversed);
    expect(
      byKernel(
        layer,
        turned,
        Float32Array.from(reversed, (i) => factors[i]!),
      ),
    ).toEqual(expected);
    const half = n >> 1;
    const parts = [reversed.slice(0, half), reversed.slice(half)].filter(({ length }) => length);
    const sums = parts.map((part) =>
      byKernel(
        layer,
        select(values, n, part),
        Float32Array.from(part, (i) => factors[i]!),
      ),
    );
    expect(sums.reduce((sum, more) => sum.map((x, k) => x + more[k]!))).toEqual(expected);
  });

  it('leaves out examples whose factor is 0, whatever they are', () => {
    const without = factors.map((factor, i) => (i % 2 === 0 ? 0 : factor));
    const spoilt = { a: values.a.slice(), dy: values.dy.slice() };
    for (let i = 0; i < n; i++) {
      if (without[i] !== 0) continue;
      const [left, right] = [spoilt.a, spoilt.dy].map((all) => {
        const size = all.length / n;
        return all.subarray(i * size, (i + 1) * size);
      }) as [Float32Array, Float32Array];
      left.fill(i % 3 === 0 ? Infinity : NaN);
      right.fill(-Infinity);
    }
    expect(byKernel(layer, spoilt, without)).toEqual(oracle(layer, values, without));
  });
});

const layersOfIntegers = layers.filter(({ dyShape }) => sizeOf(dyShape.slice(1, -1)) > 1);

describe.each(layersOfIntegers)('the sum of integers of $name', (layer) => {
  it.each(['random', 'largest', 'luq-fp4'] as const)('is exact until it is rounded: %s', (kind) => {
    const values = {
      a: Float32Array.from(codesOf(kind, sizeOf(layer.aShape), 1)),
      dy: Float32Array.from(codesOf(kind, sizeOf(layer.dyShape), 2)),
    };
    // Sums of few positions are exact in float32, too.
    const { all } = chains(layer, values);
    const factors = factorsOf(all);
    expect(byKernel(layer, values, factors, true)).toEqual(oracle(layer, values, factors));
  });
});

it('integers beyond 2²⁴ are rounded to float32 once', () => {
  const positions = 1501;
  const layer = dense(1, positions, 1, 1);
  const a = new Float32Array(positions).fill(127);
  const dy = Float32Array.from({ length: positions }, (_, t) => 127 - (t % 2));
  const exact = a.reduce((sum, x, t) => sum + x * dy[t]!, 0);
  expect(fround(exact)).not.toBe(exact);
  const factor = fround(largest / exact / 1.001);
  const sum = byKernel(layer, { a, dy }, Float32Array.of(factor), true);
  expect(sum[0]).toBe(rint(fround(fround(exact) * factor)));
});

describe.each([1, 2])('%d positions', (positions) => {
  it.each([false, true])('round halves to even, on both sides (integers: %s)', (areIntegers) => {
    const halves = [1, -1, 3, -3, 5, -5, 7, -7, 9, 101, -101, 127, -127];
    const layer = dense(1, positions, 1, halves.length);
    const dy = new Float32Array(positions * halves.length);
    dy.set(halves);
    const a = Float32Array.from({ length: positions }, (_, t) => (t === 0 ? 1 : 0));
    const sums = byKernel(layer, { a, dy }, Float32Array.of(0.5), areIntegers && positions > 1);
    expect([...sums]).toEqual([0, 0, 2, -2, 2, -2, 4, -4, 4, 50, -50, 64, -64]);
  });

  it('round what lies near 2²²', () => {
    const values = [
      largest,
      -largest,
      largest - 0.5,
      0.5 - largest,
      largest - 1.25,
      2 ** 21 + 0.75,
    ];
    const layer = dense(1, positions, 1, values.length);
    const dy = new Float32Array(positions * values.length);
    dy.set(values);
    const a = Float32Array.from({ length: positions }, (_, t) => (t === 0 ? 1 : 0));
    const sums = byKernel(layer, { a, dy }, Float32Array.of(1));
    expect([...sums]).toEqual([4194304, -4194304, 4194304, -4194304, 4194303, 2097153]);
  });

  it('sum to 0 of no example', () => {
    const layer = dense(0, positions, 5, 9);
    const values = valuesOf(layer);
    expect(byKernel(layer, values, new Float32Array())).toEqual(new Int32Array(45));
  });
});

it('a sum of 2,047 examples reaches 2047·2²⁰', () => {
  for (const positions of [1, 2]) {
    const layer = dense(2047, positions, 1, 1);
    const ones = new Float32Array(2047 * positions).fill(1);
    const factors = new Float32Array(2047).fill(2 ** 20 / positions);
    expect([...byKernel(layer, { a: ones, dy: ones }, factors)]).toEqual([2047 * 2 ** 20]);
  }
});

it('does not look at pixels that no window reaches', () => {
  const [inputShape, filterShape]: Shape4D[] = [
    [1, 5, 5, 2],
    [1, 1, 2, 3],
  ] as Shape4D[];
  const layer: Layer = {
    ...convolutions[0]!,
    aShape: inputShape!,
    dyShape: [1, 3, 3, 3],
    attributes: { filterShape, strides: [2, 2], pad: 'valid' },
  };
  const values = valuesOf(layer);
  const spoilt = { a: values.a.slice(), dy: values.dy };
  // The second pixel of the first row.
  spoilt.a[2] = NaN;
  const factors = Float32Array.of(1000);
  expect(byKernel(layer, spoilt, factors)).toEqual(byKernel(layer, values, factors));
});

it('is the same on several threads', async () => {
  const backend: WasmBackend = sharedBackend();
  const tensor = (values: Float32Array, shape: number[]) => {
    const info = backend.makeOutput(shape, 'float32');
    backend.typedArrayFromHeap(info).set(values);
    return info;
  };
  const run = (layer: Layer, areIntegers: boolean) => {
    const values = areIntegers
      ? {
          a: Float32Array.from(codesOf('random', sizeOf(layer.aShape), 1)),
          dy: Float32Array.from(codesOf('random', sizeOf(layer.dyShape), 2)),
        }
      : valuesOf(layer);
    const { kernelFunc } = roundedSumConfigs.find(
      ({ kernelName }) => kernelName === layer.kernels.sum,
    )!;
    const factors = new Float32Array(layer.aShape[0]!).fill(30);
    const info = kernelFunc({
      inputs: {
        [layer.inputName]: tensor(values.a, layer.aShape),
        dy: tensor(values.dy, layer.dyShape),
      },
      attrs: { ...layer.attributes, factors, areIntegers } as unknown as tf.NamedAttrMap,
      backend,
    }) as tf.TensorInfo;
    return backend.typedArrayFromHeap(info).slice();
  };
  const tests = layers
    .slice(0, 40)
    .flatMap((layer) =>
      (layersOfIntegers.includes(layer) ? [false, true] : [false]).map(
        (areIntegers) => () => run(layer, areIntegers),
      ),
    );
  const alone = tests.map((test) => test());
  for (const threads of [2, 3]) {
    const stop = await startThreads(backend, threads);
    expect(tests.map((test) => test())).toEqual(alone);
    stop();
  }
});
