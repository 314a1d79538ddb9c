import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { composed, gaussian, noiseCloseness, poissonSampled } from '@dpquant/accounting';
import { subset, type Dataset } from '@dpquant/data';
import { forwardLosses, softmaxCrossEntropy } from '@dpquant/gradients';
import type { PlannedAnalyses } from '@dpquant/mechanisms';
import { layerArithmetic } from '@dpquant/quantization';
import { derivePhiloxKey, philoxKeyFromSeed } from '@dpquant/random';
import { probabilistic, type ScheduleContext, type SchedulePolicy } from '@dpquant/scheduling';
import { perExample, rollout, type LossImpactEstimator } from '@dpquant/sensitivity';
import type { AnalysisEnd } from './impactAnalyses.ts';
import { smallTrainer, stripes, stripesModel, weightsOf } from './testing/smallRun.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

/** A policy that records what it was given. */
function listening(): SchedulePolicy & { contexts: ScheduleContext[] } {
  const contexts: ScheduleContext[] = [];
  const inner = probabilistic();
  return {
    name: 'listening',
    contexts,
    select(context) {
      contexts.push(context);
      return inner.select(context);
    },
  };
}

/** A trainer of eight epochs of two steps, with analyses every two epochs. */
function analysingTrainer(
  estimator: LossImpactEstimator,
  planned: Partial<PlannedAnalyses> = {},
  changes: Parameters<typeof smallTrainer>[0] = {},
) {
  const policy = listening();
  const { sensitivity, batches } = estimator;
  const counted = { valueCount: 3, interval: 2, count: 4 };
  const analyses = { sampleRate: 0.5, noiseMultiplier: 1, sensitivity, batches, ...counted };
  const seen: AnalysisEnd[] = [];
  const run = smallTrainer({
    ...changes,
    plan: {
      steps: 16,
      stepsPerEpoch: 2,
      // No noise unless a test asks for it.
      ...(planned.noiseMultiplier === 0 && { guarantee: 'none' as const }),
      analyses: { ...analyses, ...planned },
      ...changes.plan,
    },
    schedule: {
      policy,
      format: 'luq-fp4',
      budget: { quantizedFraction: 0.67 },
      analysis: { estimator, adaptive: false, smoothing: 0.5 },
    },
    callbacks: { ...changes.callbacks, onAnalysis: (analysis) => void seen.push(analysis) },
  });
  return { ...run, policy, seen };
}

const layers = ['conv', 'hidden', 'output'];

describe('analyses of loss impacts', () => {
  it('give the policy smoothed impacts of every layer from the first epoch on', async () => {
    const { trainer, policy, seen } = analysingTrainer(perExample());
    const { analyses } = await trainer.run();
    expect(policy.contexts).toHaveLength(8);
    expect(seen.map(({ epoch }) => epoch)).toEqual([0, 2, 4, 6]);
    expect(analyses.count).toBe(4);
    for (const [epoch, { lossImpacts }] of policy.contexts.entries()) {
      expect([...lossImpacts!.keys()]).toEqual(layers);
      expect(lossImpacts).toEqual(seen[epoch >> 1]!.smoothed);
    }
    const conv = (name: 'released' | 'smoothed') => seen.map((each) => each[name].get('conv')!);
    expect(conv('smoothed')[0]).toBe(conv('released')[0]);
    expect(conv('smoothed')[1]).toBeCloseTo((conv('released')[0]! + conv('released')[1]!) / 2, 12);
  });

  it('take place when, and as often as, planned', async () => {
    const { trainer, seen } = analysingTrainer(perExample(), { interval: 3, count: 3 });
    await trainer.run();
    expect(seen.map(({ epoch }) => epoch)).toEqual([0, 3, 6]);
  });

  it('start when planned; before that the policy gets no impacts', async () => {
    const planned = { interval: 3, start: 2, count: 2 };
    const { trainer, seen, policy, ledger } = analysingTrainer(perExample(), planned);
    await trainer.run();
    expect(seen.map(({ epoch }) => epoch)).toEqual([2, 5]);
    const isKnown = policy.contexts.map(({ lossImpacts }) => lossImpacts !== undefined);
    expect(isKnown).toEqual([false, false, ...new Array<boolean>(6).fill(true)]);
    const charged = ledger.entries.filter(({ label }) => label === 'analysis');
    expect(charged.reduce((sum, { count }) => sum + count, 0)).toBe(2);
  });

  it('are the mean loss differences of the drawn units plus noise', async () => {
    // No value is clipped, and the grid is finer than the five compared digits.
    const estimator = perExample({ clipNorm: 4 });
    const { trainer, seen } = analysingTrainer(
      estimator,
      { noiseMultiplier: 0, sampleRate: 1 },
      { physicalBatchSize: 64 },
    );
    await trainer.run();
    const data = stripes();
    const batch = await data.read(Array.from({ length: 60 }, (_, i) => i));
    const full = layerArithmetic('float32');
    const { losses } = await forwardLosses(
      stripesModel(),
      {
        inputs: tf.tensor(batch.inputs, [60, 4, 4, 1]),
        targets: tf.tensor1d(batch.targets),
        mask: batch.mask,
        keys: batch.keys,
      },
      {
        loss: softmaxCrossEntropy,
        randomness: { key: derivePhiloxKey(philoxKeyFromSeed(3), 'analysis', '0'), step: 0 },
        arithmetics: [
          () => full,
          ...layers.map(
            (low) => (layer: string) => (layer === low ? layerArithmetic('luq-fp4') : full),
          ),
        ],
      },
    );
    const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / 60;
    layers.forEach((layer, i) => {
      const expected = mean(losses[i + 1]!) - mean(losses[0]!);
      expect(seen[0]!.released.get(layer)).toBeCloseTo(expected, 5);
    });
  });

  it('are charged, durably, before any of their rows is read', async () => {
    const order: string[] = [];
    const data = stripes();
    const watched = {
      ...data,
      count: data.count,
      privacyUnits: data.privacyUnits,
      read: (...args: Parameters<typeof data.read>) => {
        order.push('read');
        return data.read(...args);
      },
    };
    const { trainer, ledger } = analysingTrainer(
      perExample(),
      {},
      {
        training: watched,
        persistLedger: (current) => {
          order.push(current.entries.at(-1)!.label);
          return Promise.resolve();
        },
      },
    );
    await trainer.run();
    expect(order.slice(0, 2)).toEqual(['analysis', 'read']);
    const isCharged = order.every(
      (what, i) => what !== 'read' || ['analysis', 'training', 'read'].includes(order[i - 1]!),
    );
    expect(isCharged).toBe(true);
    const analyses = ledger.entries.filter(({ label }) => label === 'analysis');
    expect(analyses.reduce((sum, { count }) => sum + count, 0)).toBe(4);
    // Three layers.
    const closeness = noiseCloseness(3 * 2 ** -76);
    expect(analyses[0]!.event).toEqual(composed([poissonSampled(0.5, gaussian(1)), closeness]));
  });

  it('give losses that do not depend on other units, although groups use different random bits', async () => {
    const data = stripes();
    // Ten groups of six in expectation; without the first three units, whose ids stay theirs.
    const less = subset(
      data,
      Array.from({ length: 57 }, (_, i) => i + 3),
    );
    const impactsOf = async (training: Dataset) => {
      const estimator = perExample({ clipNorm: 1e6 });
      const planned = { noiseMultiplier: 0, sampleRate: 1, count: 1 };
      const sums: number[] = [];
      const { trainer } = analysingTrainer(
        {
          ...estimator,
          async measure(candidates, probe) {
            const lists = await probe.lossesOf(
              candidates.map(({ assignment }) => assignment),
              0,
            );
            sums.push(...Array.from(lists[0]!));
            return estimator.measure(candidates, probe);
          },
        },
        planned,
        { training, plan: { unitCount: training.count, steps: 1, stepsPerEpoch: 1 } },
      );
      await trainer.run();
      return sums.sort();
    };
    const all = await impactsOf(data);
    const left = await impactsOf(less);
    expect(all).toHaveLength(60);
    expect(left.filter((loss) => all.includes(loss))).toHaveLength(57);
  });

  it('by rollouts restore weights and optimizer', async () => {
    const seeded = { plan: { insecureSeed: 5 } };
    const estimator = rollout({ repeats: 1, steps: 2 });
    const before: number[][] = [];
    const { trainer, model, seen } = analysingTrainer(
      estimator,
      {},
      {
        ...seeded,
        callbacks: { onEpochBegin: () => void before.push(weightsOf(model)) },
      },
    );
    await trainer.run();
    expect(seen).toHaveLength(4);
    expect(before[0]).toEqual(weightsOf(stripesModel()));
    // An equal run whose analyses cost nothing takes the same steps: only the schedule differs.
    expect(seen.every(({ released }) => [...released.values()].every(Number.isFinite))).toBe(true);
    expect(new Set(seen.map(({ released }) => released.get('conv'))).size).toBe(4);
  });

  it('affect later steps only through the schedule', async () => {
    const weights = async (estimator: LossImpactEstimator) => {
      const { trainer, model } = analysingTrainer(estimator, {}, { plan: { insecureSeed: 5 } });
      await trainer.run();
      return weightsOf(model);
    };
    // The listening policy ignores impacts: both runs take the same steps.
    expect(await weights(perExample())).toEqual(await weights(rollout({ repeats: 1, steps: 1 })));
  });

  it('are skipped once the plan is used up, and continue after a restore', async () => {
    const charged = { plan: { chargedAnalyses: 3 } };
    const { trainer, seen } = analysingTrainer(perExample(), {}, charged);
    await trainer.run();
    expect(seen.map(({ epoch }) => epoch)).toEqual([0]);
    const again = analysingTrainer(perExample());
    const { position } = trainer;
    again.trainer.restore({ ...position, step: 4, assignments: position.assignments.slice(0, 2) });
    await again.trainer.run();
    expect(again.seen.map(({ epoch }) => epoch)).toEqual([2, 4, 6]);
    expect(position.impacts!.smoothed).toEqual(seen[0]!.smoothed);
  });

  it('are refused if the plan is for another estimator', () => {
    for (const planned of [{ sensitivity: 2 }, { batches: 2 }]) {
      expect(() => analysingTrainer(perExample(), planned)).toThrow(
        /^analyses: the plan has.*need/,
      );
    }
  });
});
