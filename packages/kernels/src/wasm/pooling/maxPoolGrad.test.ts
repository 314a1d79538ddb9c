import { afterAll, beforeAll, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { Shape4D } from '@dpquant/operations';
import { SeededRandom, uniformInteger } from '@dpquant/random';
import { operandValues } from '../../testing/convolutions.ts';
import { growMemory, runOnWasm } from '../../testing/runOnWasm.ts';
import { startWasm } from '../../testing/startWasm.ts';
import { maxPoolGrad } from './maxPoolGrad.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

interface Pooling {
  readonly filterSize: number;
  readonly strides: number;
  readonly pad: 'same' | 'valid';
}

function run(shape: Shape4D, pooling: Pooling, x: Float32Array, dy: Float32Array) {
  const { filterSize, strides, pad } = pooling;
  const { outShape } = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad);
  return runOnWasm(
    [
      { values: dy, shape: outShape },
      { values: x, shape },
    ],
    (backend, [gradients, input]) => maxPoolGrad(backend, gradients!, input!, pooling),
  );
}

/** The definition, sums rounded to float32 in the order of the windows. */
function oracle(shape: Shape4D, pooling: Pooling, x: Float32Array, dy: Float32Array) {
  const { filterSize, strides, pad } = pooling;
  const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad);
  const [n, height, width, channels] = shape;
  const dx = new Float32Array(x.length);
  let output = 0;
  for (let window = 0; window < n * info.outHeight * info.outWidth; window++) {
    const image = Math.floor(window / (info.outHeight * info.outWidth));
    const top = (Math.floor(window / info.outWidth) % info.outHeight) * strides - info.padInfo.top;
    const left = (window % info.outWidth) * strides - info.padInfo.left;
    for (let channel = 0; channel < channels; channel++, output++) {
      const places: number[] = [];
      for (let tap = 0; tap < filterSize ** 2; tap++) {
        const [y, column] = [top + Math.floor(tap / filterSize), left + (tap % filterSize)];
        if (y < 0 || y >= height || column < 0 || column >= width) continue;
        places.push(((image * height + y) * width + column) * channels + channel);
      }
      const first = places.reduce((best, place) => (x[place]! > x[best]! ? place : best));
      dx[first]! += dy[output]!;
    }
  }
  return dx;
}

const random = new SeededRandom(3, 'pooling');
const upTo = (limit: number) => 1 + uniformInteger(random, limit);

it.each(
  Array.from({ length: 24 }, (_, i): { shape: Shape4D; pooling: Pooling } => {
    const [height, width] = [upTo(9), upTo(9)];
    return {
      shape: [upTo(3), height, width, upTo(10)],
      pooling: {
        filterSize: upTo(Math.min(height, width, 4)),
        strides: upTo(3),
        pad: i % 2 === 0 ? 'same' : 'valid',
      },
    };
  }),
)('routes to the first maximum: $shape, $pooling', ({ shape, pooling }) => {
  const { filterSize, strides, pad } = pooling;
  const { outShape } = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad);
  const dy = operandValues(outShape, 2);
  const values = operandValues(shape, 1);
  // Ordinary, and negative throughout with many ties.
  for (const x of [values, values.map((value) => Math.round(value) - 9)]) {
    expect(run(shape, pooling, x, dy)).toEqual(oracle(shape, pooling, x, dy));
  }
});

it('gives the same result after the memory has grown, and an empty one for no images', () => {
  const pooling = { filterSize: 2, strides: 2, pad: 'same' } as const;
  const [x, dy] = [operandValues([2, 5, 5, 6], 1), operandValues([2, 3, 3, 6], 2)];
  const before = run([2, 5, 5, 6], pooling, x, dy);
  growMemory();
  expect(run([2, 5, 5, 6], pooling, x, dy)).toEqual(before);
  expect(run([0, 5, 5, 6], pooling, new Float32Array(0), new Float32Array(0)).length).toBe(0);
});
