import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { unitsOfRows, type Dataset } from '@dpquant/data';
import { lossAware } from '@dpquant/scheduling';
import { perExample, rollout, type LossImpactEstimator } from '@dpquant/sensitivity';
import { distributedRun } from './testing/distributedRun.ts';
import { lines, linesModel, linesTrainer, weightsOf, type Changes } from './testing/lines.ts';

// Each rank probes the model.
jest.setTimeout(60_000);

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

/** With an analysis before each of two epochs. */
function analysed(estimator: LossImpactEstimator): Changes {
  const { sensitivity, batches } = estimator;
  return {
    schedule: {
      ...{ policy: lossAware(), format: 'luq-fp4', otherFormat: 'int8' },
      budget: { quantizedFraction: 0.67 },
      analysis: { estimator, adaptive: false },
    },
    plan: {
      analyses: {
        ...{ sampleRate: 0.5, noiseMultiplier: 1, sensitivity, batches, valueCount: 3 },
        ...{ interval: 1, count: 2 },
      },
    },
  };
}

/** Thirty units of two rows. */
function pairs(): Dataset {
  const data = lines();
  const owners = Array.from({ length: 60 }, (_, row) => row >> 1);
  const { name, count, inputShape, classNames, targetShape } = data;
  return {
    ...{ name, count, inputShape, classNames, targetShape },
    read: (rows, options) => data.read(rows, options),
    privacyUnits: unitsOfRows(owners, 30),
  };
}

const unclipped = { guarantee: 'none', noiseMultiplier: 0, clipNorm: null } as const;

async function alone(changes: Changes, training = lines, frozen = false) {
  const model = linesModel(1, !frozen);
  const { trainer, ledger } = linesTrainer({ ...changes, model, training: training() });
  const { position } = await trainer.run();
  return { position, ledger: ledger.toJSON(), weights: weightsOf(model) };
}

describe.each<[string, () => Changes, (() => Dataset)?]>([
  ['by examples', () => analysed(perExample())],
  ['with rollouts', () => analysed(rollout({ repeats: 1, steps: 1 }))],
  [
    'of units of several rows',
    () => ({ plan: { unitCount: 30, sampleRate: 0.5 }, rowsPerUnit: 3, clipping: 'per-layer' }),
    pairs,
  ],
])('a run %s', (_, changes, training = lines) => {
  it('has the same bits on 1, 2, 3 and 4 ranks as without any', async () => {
    const { weights, ledger, position } = await alone(changes(), training);
    for (const [size, physicalBatchSize] of [
      [1, 8],
      [2, 8],
      [3, 5],
      [4, 3],
    ] as const) {
      const ranks = await distributedRun(size, changes(), { physicalBatchSize, training });
      expect(ranks.weights).toEqual(weights);
      expect(ranks.ledger).toEqual(ledger);
      expect(ranks.position.assignments).toEqual(position.assignments);
      expect(ranks.position.impacts).toEqual(position.impacts);
      expect(ranks.position.arithmetic).toBe('exact');
      expect(ranks.traffic.aborted).toBeNull();
      expect(ranks.source.shares).toHaveLength(size);
      expect(Math.min(...ranks.source.shares)).toBeGreaterThan(0);
      expect(new Set(ranks.traffic.sums)).toEqual(new Set(['Int32Array']));
    }
  });
});

describe('weights', () => {
  it('that are frozen are handed over once', async () => {
    const changes = { schedule: linesSchedule };
    const here = await alone(changes, lines, true);
    const { weights, traffic } = await distributedRun(2, changes, { frozen: true });
    expect(weights).toEqual(here.weights);
    const [first, ...later] = traffic.values;
    expect(first! - later[0]!).toBe(3 * 9 + 3);
    expect(new Set(later).size).toBe(1);
    expect(traffic.values).toHaveLength(4);
  });
});

const linesSchedule = {
  policy: { name: 'none', select: () => new Map() },
  ...{ format: 'luq-fp4', budget: { quantizedFraction: 0.67 } },
};

it('adds real values in float64 without clipping, to the last places', async () => {
  const changes = () => ({ clipping: 'none', plan: unclipped, schedule: linesSchedule });
  const here = await alone(changes());
  const { weights, traffic } = await distributedRun(3, changes());
  expect(new Set(traffic.sums)).toEqual(new Set(['Float64Array']));
  weights.forEach((weight, i) => expect(weight).toBeCloseTo(here.weights[i]!, 5));
});

it('leaves no tensors behind', async () => {
  await distributedRun(2, { schedule: linesSchedule });
  const before = tf.memory().numTensors;
  const { source } = await distributedRun(2, { schedule: linesSchedule });
  // Two models with their optimizer's state stay: those of one rank more.
  const ofModels = 2 * linesModel().getWeights().length;
  const { computing, waiting, engine } = source.times;
  expect(tf.memory().numTensors - before).toBeLessThanOrEqual(3 * ofModels);
  for (const seconds of [computing, waiting, engine]) expect(seconds).toBeGreaterThan(0);
});

describe('a run ends with rank and host', () => {
  it('where a rank fails', async () => {
    const failing = distributedRun(
      3,
      {},
      {},
      {
        source: (rank, local) =>
          rank === 2 ? { ...local, sum: () => Promise.reject(new Error('out of memory')) } : local,
      },
    );
    await expect(failing).rejects.toThrow('rank 2 (host host2): out of memory');
  });

  it('where a rank does not answer in time', async () => {
    const hanging = distributedRun(
      2,
      {},
      { limitSeconds: 0.2 },
      {
        source: (rank, local) =>
          rank === 1 ? { ...local, sum: () => new Promise(() => undefined) } : local,
      },
    );
    await expect(hanging).rejects.toThrow(
      /^rank 1 \(host host1\): no answer for 0.2 s after .* --rank-timeout, and go on with --resume$/,
    );
  });

  it.each([
    ['another length', { sums: [new Int32Array(3)] }, /expected sums of so many values to be 27, /],
    ['another grid', { gridUnit: 1 }, /expected the grid unit to be .*, got 1; start all/],
    ['another sensitivity', { sensitivity: 2 }, /expected the sensitivity to be 1, got 2; start/],
  ])('where a rank gives sums of %s', async (_, change, message) => {
    const wrong = distributedRun(
      2,
      {},
      {},
      {
        source: (rank, local) =>
          rank === 1
            ? { ...local, sum: async (request) => ({ ...(await local.sum(request)), ...change }) }
            : local,
      },
    );
    await expect(wrong).rejects.toThrow(/^rank 1 \(host host1\): /);
    await expect(wrong).rejects.toThrow(message);
  });

  it('where a rank answers for other units, without how many were drawn', async () => {
    const wrong = distributedRun(
      2,
      {},
      {},
      {
        source: (rank, local) =>
          rank === 1
            ? {
                ...local,
                sum: (request) =>
                  local.sum({
                    ...request,
                    rows: request.rows.subarray(1),
                    views: request.views.subarray(1),
                  }),
              }
            : local,
      },
    );
    await expect(wrong).rejects.toThrow(/another number of units than it was asked for; start all/);
  });

  it.each([
    ['another version', { facts: { dpquant: '2' } }, 'dpquant is 2, on rank 0 it is 1; give all'],
    ['no version', { facts: {} }, 'dpquant is absent, on rank 0 it is 1; give all ranks the same'],
    // Nobody is shown a hash of private rows.
    ['other data', { fingerprints: { data: 'x' } }, 'the data differs from that of rank 0; give'],
    ['an error', { error: 'data.npz: no such file' }, 'data.npz: no such file'],
  ])('where a rank has %s, before anything is asked', async (_, facts, message) => {
    const wrong = distributedRun(3, {}, {}, { facts: (rank) => (rank === 1 ? facts : {}) });
    await expect(wrong).rejects.toThrow(`rank 1 (host host1): ${message}`);
  });
});

it('says where sums are not exact, by rank', async () => {
  const { position, source } = await distributedRun(
    3,
    {},
    {},
    {
      source: (rank, local) =>
        rank === 1
          ? {
              ...local,
              probe: async (request) =>
                request.sums
                  ? { arithmetic: 'float', reason: 'norms differ' }
                  : local.probe(request),
            }
          : local,
    },
  );
  expect(position.arithmetic).toBe('float');
  expect(source.shares).toHaveLength(3);
});
