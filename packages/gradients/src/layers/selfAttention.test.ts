import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { modelOf, randomBatch, savedAndLoaded } from '../testing/models.ts';
import { attend } from './attend.ts';
import { registerLayers } from './registerLayers.ts';
import { SelfAttention } from './selfAttention.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

type Matrix = number[][];

/** One example's attention, head by head and position by position, in float64. */
function plainAttention(q: Matrix, k: Matrix, v: Matrix, heads: number, causal: boolean): Matrix {
  const size = q[0]!.length / heads;
  return q.map((query, t) => {
    const result: number[] = [];
    for (let head = 0; head < heads; head++) {
      const part = (row: number[]) => row.slice(head * size, (head + 1) * size);
      const seen = causal ? k.slice(0, t + 1) : k;
      const scores = seen.map((key) => {
        const dot = part(query).reduce((sum, x, i) => sum + x * part(key)[i]!, 0);
        return Math.exp(dot / Math.sqrt(size));
      });
      const total = scores.reduce((a, b) => a + b);
      for (let i = 0; i < size; i++) {
        result.push(scores.reduce((sum, s, j) => sum + (s / total) * part(v[j]!)[i]!, 0));
      }
    }
    return result;
  });
}

describe('attend', () => {
  it.each([
    [1, false],
    [2, false],
    [3, true],
  ])('equals the definition with %d heads, causal %s', (heads, causal) => {
    const [q, k, v] = [1, 2, 3].map((seed) => randomBatch(2, [5, 6], 2, seed).inputs);
    const result = attend(q!, k!, v!, { heads, causal }).arraySync() as Matrix[];
    const rows = [q!, k!, v!].map((x) => x.arraySync() as Matrix[]);
    const errors = result.flatMap((example, i) =>
      plainAttention(rows[0]![i]!, rows[1]![i]!, rows[2]![i]!, heads, causal).flatMap((row, t) =>
        row.map((value, j) => Math.abs(value - example[t]![j]!)),
      ),
    );
    expect(errors).toHaveLength(60);
    expect(Math.max(...errors)).toBeLessThan(1e-6);
  });
});

describe('SelfAttention', () => {
  it('is saved and loaded', async () => {
    const config = { heads: 2, causal: true, useBias: false };
    const model = modelOf(new SelfAttention({ inputShape: [4, 6], ...config }));
    expect(model.getWeights().map(({ shape }) => shape)).toEqual(
      new Array<number[]>(4).fill([6, 6]),
    );
    registerLayers();
    const loaded = await savedAndLoaded(model);
    const { inputs } = randomBatch(2, [4, 6], 2);
    expect((loaded.predict(inputs) as tf.Tensor).dataSync()).toEqual(
      (model.predict(inputs) as tf.Tensor).dataSync(),
    );
    expect(loaded.layers[0]).toMatchObject(config);
  });

  it('refuses heads that do not divide the width, and inputs that are not sequences', () => {
    const build = (inputShape: number[]) => () =>
      tfl.sequential({ layers: [new SelfAttention({ inputShape, heads: 4 })] });
    expect(build([3, 6])).toThrow(/width that 4 heads divide, got \[.*3, 6\]/);
    expect(build([8])).toThrow(/expected \[n, positions, width\]/);
  });
});
