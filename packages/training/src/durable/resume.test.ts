import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { lossAware, staticPolicy, type SchedulePolicy } from '@dpquant/scheduling';
import { perExample } from '@dpquant/sensitivity';
import { sgd } from '../optimizers/sgd.ts';
import { endingBefore } from '../testing/endingBefore.ts';
import { lasting, MemoryStore } from '../testing/memoryStore.ts';
import { stripes, stripesPlan, stripesRun } from '../testing/smallRun.ts';
import { WeightAverage } from '../weightAverage.ts';
import { eventCount } from './resumedLedger.ts';
import { runDurably } from './runDurably.ts';
import type { DurableRunParts } from './runParts.ts';
import type { RunReporter } from './runReporter.ts';

jest.setTimeout(120_000);

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

/** Two epochs, the second of a single step, with everything that has to be restored. */
function parts(patience: number): DurableRunParts {
  const estimator = perExample();
  const analyses = {
    ...{ sampleRate: 0.5, noiseMultiplier: 1, sensitivity: 1, valueCount: 3 },
    ...{ interval: 1, count: 2 },
  };
  return {
    ...stripesRun(),
    plan: { ...stripesPlan, steps: 3, stepsPerEpoch: 2, accountant: 'rdp', analyses },
    schedule: {
      policy: lossAware(),
      format: 'luq-fp4',
      budget: { quantizedFraction: 0.67 },
      analysis: { estimator, adaptive: false },
    },
    delta: 1e-3,
    insecureSeed: 5,
    validation: stripes(10),
    weightAverage: new WeightAverage({ decay: 0.5 }),
    earlyStop: { patience, minimumImprovement: 0.9 },
  };
}

describe('a run that is interrupted before any write', () => {
  it.each([
    ['finished', 5],
    ['early stop', 1],
  ])('continues as if uninterrupted: %s', async (stopped, patience) => {
    const whole = new MemoryStore();
    await runDurably(whole, parts(patience));
    expect(whole.summary!.stopped).toBe(stopped);
    let count = 0;
    for (let hasEnded = true; hasEnded; count++) {
      const store = new MemoryStore();
      hasEnded = await runDurably(endingBefore(store, count), parts(patience)).then(
        () => false,
        () => true,
      );
      if (hasEnded) await runDurably(store, parts(patience));
      expect(lasting(store)).toEqual(lasting(whole));
    }
    expect(count).toBeGreaterThan(10);
  });
});

it('records of an epoch contain its loss impacts even if a stop or a policy error came in between', async () => {
  const impactsOf = ({ records }: MemoryStore) => records.schedule.map(({ impacts }) => impacts);
  const whole = new MemoryStore();
  await runDurably(whole, parts(5));
  const stopped = new MemoryStore();
  const stop = new AbortController();
  const signals = { stopBetweenSteps: stop.signal };
  await runDurably(stopped, parts(5), { onAnalysis: () => stop.abort() }, signals);
  expect(stopped.records.schedule).toEqual([]);
  const failed = new MemoryStore();
  const policy: SchedulePolicy = {
    name: 'failing',
    usesLossImpacts: true,
    select: () => {
      throw new Error('no answer');
    },
  };
  const { schedule } = parts(5);
  await runDurably(failed, { ...parts(5), schedule: { ...schedule, policy } });
  for (const store of [stopped, failed]) {
    await runDurably(store, parts(5));
    expect(impactsOf(store)).toEqual(impactsOf(whole));
  }
});

it('a store is used by one run at a time', async () => {
  const store = new MemoryStore();
  const first = runDurably(store, parts(5));
  await expect(runDurably(store, parts(5))).rejects.toThrow(
    /memory: a run of this process is using it/,
  );
  await first;
  await expect(runDurably(store, parts(5))).rejects.toThrow(/is finished/);
});

it('a run that has diverged is not charged for more steps', async () => {
  const store = new MemoryStore();
  const { schedule } = stripesRun();
  const diverging = () => {
    const optimizer = sgd({ learningRate: 1e40 });
    const plan = { ...stripesPlan, steps: 6, stepsPerEpoch: 1 };
    return { ...parts(5), schedule, plan, optimizer, insecureSeed: 5 };
  };
  for (let time = 0; time < 2; time++) {
    await expect(runDurably(store, diverging())).rejects.toThrow(/not finite/);
    expect(eventCount(await store.readLedger())).toBe(1);
  }
});

describe('with a weight average', () => {
  it('ends a run without a step and reports the policy error', async () => {
    const policy: SchedulePolicy = {
      name: 'failing',
      select: () => {
        throw new Error('no answer');
      },
    };
    const { schedule } = stripesRun();
    const failed = await runDurably(new MemoryStore(), {
      ...parts(5),
      schedule: { ...schedule, policy },
    });
    expect(failed.problem!.message).toMatch(/no answer/);

    const store = new MemoryStore();
    const { insecureSeed, ...secure } = parts(5);
    const single = { ...secure, schedule, plan: { ...stripesPlan, steps: 1, stepsPerEpoch: 1 } };
    // Before the record of the first epoch, behind the charge of its only step.
    await expect(runDurably(endingBefore(store, 4), single)).rejects.toThrow('has ended');
    expect(eventCount(await store.readLedger())).toBe(1);
    const weightAverage = new WeightAverage({ decay: 0.5 });
    expect(await runDurably(store, { ...single, weightAverage })).toMatchObject({
      stopped: 'privacy budget exhausted',
      lostSteps: 1,
    });
  });

  it('resumes with the same parts after a policy error', async () => {
    const store = new MemoryStore();
    const inner = staticPolicy();
    let fails = true;
    const policy: SchedulePolicy = {
      name: 'failing once',
      select(context) {
        if (context.epoch === 0 || !fails) return inner.select(context);
        throw new Error('no answer');
      },
    };
    const same = { ...parts(5), schedule: { ...stripesRun().schedule, policy } };
    expect((await runDurably(store, same)).stopped).toBe('policy error');
    fails = false;
    expect((await runDurably(store, same)).stopped).toBe('finished');
  });
});

it('neither a policy nor a reporter changes what was decided', async () => {
  const inner = staticPolicy();
  const clear = (assignment: ReadonlyMap<string, string>) => {
    (assignment as Map<string, string>).clear();
  };
  const policy: SchedulePolicy = {
    name: 'changing',
    select(context) {
      context.earlier?.forEach(clear);
      return inner.select(context);
    },
  };
  const { schedule } = stripesRun();
  const changing = { ...parts(5), schedule: { ...schedule, policy } };
  const { summary } = await runDurably(new MemoryStore(), changing, {
    onEpochBegin: ({ assignment }) => clear(assignment),
  });
  expect(summary!.quantizedFraction).toBeCloseTo(2 / 3, 12);
});

describe('an error of the reporter', () => {
  const error = new Error('the display is gone');
  const fail = () => {
    throw error;
  };

  it.each<[keyof RunReporter, number]>([
    ['onBegin', 0],
    ['onAnalysis', 0],
    ['onEpochBegin', 1],
    ['onStepEnd', 1],
    ['onEpochEnd', 2],
  ])('in %s loses no charged step', async (when, steps) => {
    const store = new MemoryStore();
    await expect(runDurably(store, parts(5), { [when]: fail })).rejects.toBe(error);
    expect(JSON.parse(store.checkpoint!.state)).toMatchObject({ step: steps });
    const whole = new MemoryStore();
    await runDurably(whole, parts(5));
    await runDurably(store, parts(5));
    expect(lasting(store)).toEqual(lasting(whole));
  });

  it('at the end is thrown after everything is stored', async () => {
    const store = new MemoryStore();
    let epochs = 0;
    const onEpochEnd = () => {
      if (++epochs === 2) fail();
    };
    await expect(runDurably(store, parts(5), { onEpochEnd })).rejects.toBe(error);
    expect(store.summary!.stopped).toBe('finished');
  });
});
