import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { arrayDataset } from '@dpquant/data';
import { learnableExamples, twoLayers } from '../testing/learnableExamples.ts';
import { MemoryStore } from '../testing/memoryStore.ts';
import type { ExampleArrays } from './exampleData.ts';
import { trainPrivately } from './trainPrivately.ts';

jest.setTimeout(120_000);

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const options = {
  ...{ epsilon: 8, delta: 1e-4, epochs: 6, batchSize: 100, accountant: 'rdp' as const },
  ...{ insecureSeed: 7, policy: 'full' },
};
const count = 900;
const { inputs, classes } = learnableExamples(count, 4);
/** Two of three examples have the wrong class, with weight 0. */
const isWrong = (row: number) => row % 3 !== 0;
const targets = classes.map((label, row) => (isWrong(row) ? 1 - label : label));
const sampleWeights = Float32Array.from({ length: count }, (_, row) => (isWrong(row) ? 0 : 1));
const train = (more: Partial<ExampleArrays>, changes: object = {}) =>
  trainPrivately(twoLayers(4, 2), { inputs, targets, ...more }, { ...options, ...changes });

describe('sample weights', () => {
  it('affect the training and not the metrics', async () => {
    const validation = { inputs, targets: classes };
    const weighted = await train({ sampleWeights }, { validation });
    expect(weighted.metrics['accuracy']).toBeGreaterThan(0.85);
    const unweighted = await train({}, { validation });
    expect(unweighted.metrics['accuracy']).toBeLessThan(0.5);
    // Evaluated on the examples of which two of three are wrong, with equal weights.
    const { metrics } = await train({ sampleWeights }, { validation: { inputs, targets } });
    expect(metrics['accuracy']).toBeLessThan(0.5);
  });

  it('may equal the greatest weight, which float32 rounds', async () => {
    for (const all of [Float32Array, Float64Array].map((List) => new List(count).fill(0.1))) {
      const weighted = { sampleWeights: all, greatestWeight: 0.1 };
      expect(await train(weighted, { epochs: 1 })).toMatchObject({ stopped: 'finished' });
    }
  });

  it('are refused if they are not valid', async () => {
    const changed = (row: number, weight: number) =>
      sampleWeights.map((value, i) => (i === row ? weight : value));
    for (const weight of [-1, 1.5, NaN, Infinity]) {
      await expect(train({ sampleWeights: changed(3, weight) })).rejects.toThrow(
        'data.sampleWeights, row 3: expected a weight from 0 to 1; divide',
      );
    }
    for (const wrong of [null, 1, tf.ones([count]), () => 1]) {
      await expect(train({ sampleWeights: wrong as never })).rejects.toThrow(
        'data.sampleWeights: expected a list or typed array of one number for each example; of a tensor give',
      );
    }
    await expect(train({ sampleWeights: [1, 2] })).rejects.toThrow(
      'data.sampleWeights: expected a weight for each of 900 rows, got 2',
    );
    await expect(train({ greatestWeight: 3 })).rejects.toThrow(
      'data.greatestWeight: is for data.sampleWeights',
    );
  });

  it("of a user's data set are checked against its greatest weight", async () => {
    const plain = arrayDataset({
      ...{ name: 'own', inputs, inputShape: [4], targets: Float32Array.from(classes) },
      ...{ targetShape: [], classNames: ['no', 'yes'] },
    });
    const own = {
      ...plain,
      greatestWeight: 2,
      read: async (...given: Parameters<typeof plain.read>) => {
        const batch = await plain.read(...given);
        return { ...batch, weights: new Float32Array(batch.size).fill(2.5) };
      },
    };
    await expect(trainPrivately(twoLayers(4, 2), own, options)).rejects.toThrow(
      'own, row 0: expected a weight from 0 to 2; divide',
    );
  });

  it('must be the same when a run is resumed', async () => {
    const store = new MemoryStore();
    const stop = new AbortController();
    const callbacks = { onEpochEnd: () => stop.abort() };
    const begun = { store, callbacks, stopBetweenSteps: stop.signal };
    await train({ sampleWeights, greatestWeight: 4 }, begun);
    await expect(train({ sampleWeights }, { store })).rejects.toThrow(/greatest weight/);
    const others = { sampleWeights: sampleWeights.map((value) => value / 2), greatestWeight: 4 };
    await expect(train(others, { store })).rejects.toThrow(/public examples is/);
    const { stopped } = await train({ sampleWeights, greatestWeight: 4 }, { store });
    expect(stopped).toBe('finished');
  });
});
