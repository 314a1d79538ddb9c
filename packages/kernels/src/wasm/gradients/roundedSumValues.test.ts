import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { startThreads } from '../threads/threadPool.ts';
import type { WasmBackend } from '../module/wasmBackend.ts';
import { sharedBackend } from '../../testing/bareBackend.ts';
import { codesOf } from '../../testing/integers.ts';
import {
  byKernel,
  convolutions,
  dense,
  largest,
  rint,
  sizeOf,
  valuesOf,
  type Layer,
} from '../../testing/roundedSums.ts';
import { startWasm } from '../../testing/startWasm.ts';
import { roundedSumConfigs } from './roundedSum.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

const { fround } = Math;

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

it('integers of an example with factor 0 may have any value', () => {
  const layer = dense(3, 5, 6, 9);
  const values = {
    a: Float32Array.from(codesOf('random', 3 * 5 * 6, 1)),
    dy: Float32Array.from(codesOf('random', 3 * 5 * 9, 2)),
  };
  const spoilt = {
    a: values.a.slice().fill(NaN, 30, 60),
    dy: values.dy.slice().fill(Infinity, 45, 90),
  };
  const factors = Float32Array.of(0.3, 0, 7);
  expect(byKernel(layer, spoilt, factors, true)).toEqual(byKernel(layer, values, factors, true));
});

describe.each([1, 2])('%d positions', (positions) => {
  it.each([false, true])('round ties to even, on both sides (integers: %s)', (areIntegers) => {
    const halves = [1, -1, 3, -3, 5, -5, 7, -7, 9, 101, -101, 127, -127];
    const layer = dense(1, positions, 1, halves.length);
    const dy = new Float32Array(positions * halves.length);
    dy.set(halves);
    const a = Float32Array.from({ length: positions }, (_, t) => (t === 0 ? 1 : 0));
    const sums = byKernel(layer, { a, dy }, Float32Array.of(0.5), areIntegers && positions > 1);
    expect([...sums]).toEqual([0, 0, 2, -2, 2, -2, 4, -4, 4, 50, -50, 64, -64]);
  });

  it('round values near 2²²', () => {
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

  it('sum to 0 without examples', () => {
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

it('ignores pixels that no window contains', () => {
  const layer: Layer = {
    ...convolutions[0]!,
    aShape: [1, 5, 5, 2],
    dyShape: [1, 3, 3, 3],
    attributes: { filterShape: [1, 1, 2, 3], strides: [2, 2], pad: 'valid' },
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
      attrs: { ...layer.attributes, factors, areIntegers },
      backend,
    }) as tf.TensorInfo;
    return backend.typedArrayFromHeap(info).slice();
  };
  const layers = [dense(5, 1, 13, 11), dense(4, 64, 21, 9), dense(3, 5, 150, 270), ...convolutions];
  const tests = layers.flatMap((layer) => [() => run(layer, false), () => run(layer, true)]);
  const alone = tests.map((test) => test());
  for (const threads of [2, 3]) {
    const stop = await startThreads(backend, threads);
    expect(tests.map((test) => test())).toEqual(alone);
    stop();
  }
});
