import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import {
  fixedPolicy,
  lossAware,
  parseSchedule,
  probabilistic,
  staticPolicy,
  type SchedulePolicy,
} from '@dpquant/scheduling';
import { perExample } from '@dpquant/sensitivity';
import { lasting, MemoryStore } from '../testing/memoryStore.ts';
import { smallTrainer, stripesPlan, stripesRun } from '../testing/smallRun.ts';
import { runDurably } from './runDurably.ts';
import type { DurableRunParts } from './runParts.ts';
import type { RunReporter } from './runReporter.ts';

jest.setTimeout(60_000);

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const steps = 7;
/** Epochs of two steps, so that an interval of three begins where no epoch does. */
const plan = { ...stripesPlan, steps, stepsPerEpoch: 2, accountant: 'rdp' } as const;

function parts(policy: SchedulePolicy, interval?: number): DurableRunParts {
  const run = stripesRun();
  const base = { ...run, delta: 1e-3, insecureSeed: 5 };
  const schedule = { ...run.schedule, policy, ...(interval !== undefined && { interval }) };
  if (!policy.usesLossImpacts) return { ...base, plan, schedule };
  const estimator = perExample({ clipNorm: 1 });
  const { sensitivity, batches } = estimator;
  const analyses = { sampleRate: 0.5, noiseMultiplier: 1, sensitivity, batches, valueCount: 3 };
  return {
    ...base,
    plan: { ...plan, analyses: { ...analyses, interval: 2, count: 2 } },
    schedule: { ...schedule, analysis: { estimator, adaptive: false } },
  };
}

const layersIn = ({ records }: MemoryStore) => records.schedule.map(({ layers }) => layers);
const stepsIn = ({ records }: MemoryStore) => records.schedule.map(({ step }) => step);

describe('a schedule with an interval in steps', () => {
  it.each([
    ['static', staticPolicy],
    ['probabilistic', probabilistic],
    ['loss-aware', lossAware],
  ])('is the same whenever the run was stopped: %s', async (_, policy) => {
    const interval = 3;
    const whole = new MemoryStore();
    await runDurably(whole, parts(policy(), interval));
    expect(stepsIn(whole)).toEqual([0, 3, 6]);
    for (const last of [1, 2, 3, 4, 6]) {
      const store = new MemoryStore();
      const stop = new AbortController();
      const reporter: RunReporter = {
        onStepEnd: ({ steps: taken }) => (taken === last ? stop.abort() : undefined),
      };
      const signals = { stopBetweenSteps: stop.signal };
      await runDurably(store, parts(policy(), interval), reporter, signals);
      expect(store.summary).toBeNull();
      await runDurably(store, parts(policy(), interval));
      expect(lasting(store)).toEqual(lasting(whole));
    }
  });

  it('records each decision at its first step, with the impacts that are new to it', async () => {
    const store = new MemoryStore();
    const told: unknown[] = [];
    await runDurably(store, parts(lossAware(), 3), {
      onDecision: ({ step, epoch }) => void told.push(`step ${step} of epoch ${epoch}`),
      onEpochBegin: ({ epoch }) => void told.push(`epoch ${epoch}`),
      onAnalysis: ({ epoch }) => void told.push(`analysis before epoch ${epoch}`),
    });
    expect(told).toEqual([
      'analysis before epoch 0',
      'step 0 of epoch 0',
      'epoch 0',
      'epoch 1',
      'step 3 of epoch 1',
      'analysis before epoch 2',
      'epoch 2',
      'step 6 of epoch 3',
      'epoch 3',
    ]);
    expect(store.records.schedule).toEqual([
      expect.objectContaining({ epoch: 0, step: 0, interval: 3, impacts: expect.anything() }),
      expect.not.objectContaining({ impacts: expect.anything() }),
      expect.objectContaining({ epoch: 3, step: 6, interval: 3, impacts: expect.anything() }),
    ]);
    expect(store.config).toMatchObject({ scheduleInterval: 3 });
    expect(JSON.parse(store.checkpoint!.state)).toMatchObject({ interval: 3 });
  });

  it('is the default schedule if the interval is an epoch', async () => {
    const [one, other] = [new MemoryStore(), new MemoryStore()];
    await runDurably(one, parts(lossAware()));
    await runDurably(other, parts(lossAware(), 2));
    expect(lasting(other)).toEqual(lasting(one));
    expect(one.records.schedule[0]).not.toHaveProperty('interval');
    expect(stepsIn(one)).toEqual([0, 2, 4, 6]);
  });

  it('restores all decisions, and is refused by a run with another interval', async () => {
    const first = new MemoryStore();
    await runDurably(first, parts(probabilistic(), 3));
    expect(new Set(layersIn(first).map((layers) => JSON.stringify(layers))).size).toBeGreaterThan(
      1,
    );
    const text = first.records.schedule.map((line) => JSON.stringify(line)).join('\n');
    const again = () => fixedPolicy(parseSchedule(text));
    const second = new MemoryStore();
    await runDurably(second, parts(again(), 3));
    expect(layersIn(second)).toEqual(layersIn(first));
    expect(second.model).toEqual(first.model);
    const other = await runDurably(new MemoryStore(), parts(again()));
    expect(other.stopped).toBe('policy error');
    expect(other.problem!.message).toMatch(
      /^fixed, epoch 0: the schedule decides every 3 steps, the run each epoch; .*--schedule-interval 3/,
    );
  });

  it('weights its decisions in the summary by their number of steps', async () => {
    const store = new MemoryStore();
    const all = ['conv', 'hidden', 'output'].map((name) => [name, 'luq-fp4'] as const);
    const assignments = [new Map(all), new Map(), new Map(all)];
    // Of seven steps three, three and one.
    const { summary } = await runDurably(store, parts(fixedPolicy({ assignments }), 3));
    expect(summary!.quantizedFraction).toBeCloseTo(4 / 7, 15);
    expect(summary!.theoreticalSpeedup).toBeCloseTo(1 / (1 - (0.75 * 4) / 7), 12);
    const byEpoch = await runDurably(new MemoryStore(), parts(fixedPolicy({ assignments })));
    // Two, two, and the last assignment for two and one.
    expect(byEpoch.summary!.quantizedFraction).toBeCloseTo(5 / 7, 15);
  });

  it('resumes with the same interval only', async () => {
    const store = new MemoryStore();
    const stop = new AbortController();
    const reporter: RunReporter = { onStepEnd: () => stop.abort() };
    await runDurably(store, parts(probabilistic(), 3), reporter, { stopBetweenSteps: stop.signal });
    await expect(runDurably(store, parts(probabilistic()))).rejects.toThrow(
      /^resume: scheduleInterval is absent, the run in memory was started with 3; give the same again/,
    );
    // If the caller gives the settings, the interval is checked by the position.
    const { trainer } = smallTrainer({ plan });
    await trainer.run();
    const { schedule } = stripesRun();
    const { trainer: other } = smallTrainer({ plan, schedule: { ...schedule, interval: 3 } });
    expect(() => other.restore(trainer.position)).toThrow(
      /^schedule.interval: is 3 steps, the position is of a run that decides every 2;/,
    );
  });

  it('names the step in which the policy fails, and saves the state before it', async () => {
    const failing: SchedulePolicy = {
      name: 'failing',
      select({ step }) {
        if (step === 3) throw new Error('no answer');
        return new Map();
      },
    };
    const store = new MemoryStore();
    const { problem } = await runDurably(store, parts(failing, 3));
    expect(problem).toMatchObject({ message: 'failing, step 3: no answer', epoch: 1, step: 3 });
    expect(JSON.parse(store.checkpoint!.state)).toMatchObject({ step: 3 });
  });

  it.each([0, 1.5, NaN])('refuses the interval %p', (interval) => {
    const { schedule } = stripesRun();
    expect(() => smallTrainer({ schedule: { ...schedule, interval } })).toThrow(
      /^schedule\.interval: expected a whole number of at least 1/,
    );
  });
});
