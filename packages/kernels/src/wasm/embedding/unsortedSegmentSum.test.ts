import { afterAll, beforeAll, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { normal } from '../../testing/normal.ts';
import { growMemory } from '../../testing/runOnWasm.ts';
import { startWasm } from '../../testing/startWasm.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

function run(x: Float32Array, rows: number, ids: Int32Array, segments: number): Float32Array {
  const before = tf.memory().numDataBuffers;
  const values = tf.tensor(x, [rows, x.length / rows]);
  const segmentIds = tf.tensor1d(ids, 'int32');
  const sums = tf.unsortedSegmentSum(values, segmentIds, segments);
  const result = sums.dataSync<'float32'>().slice();
  tf.dispose([values, segmentIds, sums]);
  expect(tf.memory().numDataBuffers).toBe(before);
  return result;
}

/** Sums in float64, rounded once. */
function oracle(x: Float32Array, rows: number, ids: Int32Array, segments: number): Float32Array {
  const size = x.length / rows;
  const sums = new Float64Array(segments * size);
  ids.forEach((segment, row) => {
    if (segment < 0 || segment >= segments) return;
    for (let i = 0; i < size; i++) sums[segment * size + i]! += x[row * size + i]!;
  });
  return new Float32Array(sums);
}

it.each([
  [1, 1, 1],
  [50, 1, 7],
  [50, 15, 7],
  [50, 16, 7],
  [50, 37, 3],
  [9, 64, 1000],
])('sums %d rows of %d values in %d segments, rounded once', (rows, size, segments) => {
  const x = normal(rows * size, 1);
  // From −1 to one too many.
  const ids = Int32Array.from({ length: rows }, (_, i) => ((i * 7) % (segments + 2)) - 1);
  const found = run(x, rows, ids, segments);
  expect(found).toEqual(oracle(x, rows, ids, segments));
  growMemory();
  expect(run(x, rows, ids, segments)).toEqual(found);
});

it('are whole numbers for whole numbers, and zeros for no rows', () => {
  const ids = tf.tensor1d([1, 1], 'int32');
  const sums = tf.unsortedSegmentSum(tf.tensor2d([[1], [2]], [2, 1], 'int32'), ids, 2);
  expect(sums.dtype).toBe('int32');
  expect([...sums.dataSync()]).toEqual([0, 3]);
  const empty = tf.unsortedSegmentSum(tf.zeros([0, 3]), tf.tensor1d([], 'int32'), 2);
  expect(empty.shape).toEqual([2, 3]);
  expect([...empty.dataSync()]).toEqual([0, 0, 0, 0, 0, 0]);
});
