import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { startWasm } from '../../testing/startWasm.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

/** Whole numbers of both signs. */
function whole(shape: number[], seed: number): tf.Tensor {
  const values = Float32Array.from(
    { length: tf.util.sizeFromShape(shape) },
    (_, i) => ((i * 7919 + seed * 104729) % 23) - 11,
  );
  return tf.tensor(values, shape);
}

/** Computes on both backends; what memory held before is not zero on wasm. */
async function both(compute: () => tf.Tensor) {
  const results: { values: number[]; shape: number[]; dtype: string }[] = [];
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    if (backend === 'wasm') tf.dispose([1, 3, 30, 300].map((size) => tf.fill([size], 777)));
    const before = tf.engine().backend.numDataIds();
    tf.engine().startScope();
    const result = compute();
    results.push({ values: [...result.dataSync()], shape: result.shape, dtype: result.dtype });
    tf.engine().endScope();
    expect(tf.engine().backend.numDataIds()).toBe(before);
  }
  return { cpu: results[0]!, wasm: results[1]! };
}

async function expectEqual(compute: () => tf.Tensor): Promise<void> {
  const { cpu, wasm } = await both(compute);
  expect(wasm).toMatchObject({ shape: cpu.shape, dtype: cpu.dtype });
  wasm.values.forEach((value, i) => expect(value).toBeCloseTo(cpu.values[i]!, 5));
}

describe('prelu', () => {
  it.each([
    [[2, 3, 4, 5], [5]],
    [
      [2, 3, 4, 5],
      [3, 4, 5],
    ],
    [
      [2, 3, 4, 5],
      [4, 1],
    ],
    [
      [2, 3, 4, 5],
      [3, 1, 5],
    ],
    [
      [2, 3, 4, 5],
      [1, 1, 5],
    ],
    [[2, 3], [1]],
    [
      [2, 1, 3],
      [4, 1],
    ],
    [[0, 3], [3]],
  ])('of %j with α of %j', (shape, alpha) =>
    expectEqual(() => tf.prelu(whole(shape, 1), whole(alpha, 2))),
  );
});

describe('a product with bias', () => {
  it.each(['linear', 'relu', 'relu6', 'sigmoid', 'elu', 'leakyrelu', 'prelu'] as const)(
    'is right in batches and transposed, %s',
    async (activation) => {
      const options = () => ({
        ...{ bias: whole([5], 3), activation, leakyreluAlpha: 0.25 },
        ...(activation === 'prelu' ? { preluActivationWeights: whole([1, 5], 4) } : {}),
      });
      await expectEqual(() =>
        tf.fused.matMul({ a: whole([2, 3, 4], 1), b: whole([2, 4, 5], 2), ...options() }),
      );
      await expectEqual(() =>
        tf.fused.matMul({
          ...{ a: whole([4, 3], 1), b: whole([5, 4], 2), transposeA: true, transposeB: true },
          ...options(),
        }),
      );
    },
  );

  it('over an empty inner dimension is zero', () =>
    expectEqual(() => tf.matMul(whole([3, 0], 1), whole([0, 5], 1))));
});

it('casts nonzero values to true', () =>
  expectEqual(() => tf.cast(tf.tensor1d([0, 0.5, -0.25, 2, 256, NaN, -0]), 'bool')));

it.each(['int32', 'float32', 'bool'] as const)('one-hot rows of %s', (dtype) =>
  expectEqual(() => tf.oneHot(tf.tensor1d([0, 3, 1], 'int32'), 4, 1, 0, dtype)),
);

describe('reductions of empty tensors', () => {
  it.each([
    ['sum', [3, 0, 5], [1, 2], 0],
    ['sum', [0], undefined, 0],
    ['mean', [3, 0, 5], [1, 2], 0],
    ['prod', [3, 0], [1], 1],
    ['max', [3, 0], [1], NaN],
    ['min', [3, 0], [1], NaN],
  ] as const)('%s of %j over %j', async (name, shape, axis, value) => {
    for (const keepDims of [false, true]) {
      const axes = axis && [...axis];
      const { cpu, wasm } = await both(() => tf[name](tf.zeros([...shape]), axes, keepDims));
      expect(wasm.values.every((each) => Object.is(each, value))).toBe(true);
      expect(wasm).toEqual(cpu);
    }
  });

  it('all and any', async () => {
    await tf.setBackend('wasm');
    const nothing = () => tf.zeros([2, 0], 'bool');
    expect([...tf.all(nothing(), 1).dataSync()]).toEqual([1, 1]);
    expect([...tf.any(nothing(), 1).dataSync()]).toEqual([0, 0]);
  });
});
