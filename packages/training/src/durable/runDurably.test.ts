import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { gaussian, PrivacyLedger } from '@dpquant/accounting';
import { lossAware, staticPolicy, type SchedulePolicy } from '@dpquant/scheduling';
import { perExample } from '@dpquant/sensitivity';
import { sgd } from '../optimizers/sgd.ts';
import { PolicyError } from '../policyError.ts';
import { lasting, snapshot, MemoryStore } from '../testing/memoryStore.ts';
import type { GradientSource } from '../source/gradientSource.ts';
import { localSource } from '../source/localSource.ts';
import { SourceError } from '../source/sourceError.ts';
import { stripes, stripesPlan, stripesRun, weightsOf } from '../testing/smallRun.ts';
import { WeightAverage } from '../weightAverage.ts';
import { eventCount } from './resumedLedger.ts';
import { runDurably } from './runDurably.ts';
import type { DurableRunParts } from './runParts.ts';
import type { RunReporter } from './runReporter.ts';

jest.setTimeout(60_000);

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const steps = 6;
const plan = { ...stripesPlan, steps, stepsPerEpoch: 2, accountant: 'rdp' } as const;

/** Parts of a run of three epochs of two steps, made anew as for every process. */
function parts(changes: Partial<DurableRunParts> = {}): DurableRunParts {
  return {
    ...stripesRun(),
    plan,
    delta: 1e-3,
    insecureSeed: 5,
    ...changes,
  };
}

/** The same with secure randomness. */
function secureParts(): DurableRunParts {
  const { insecureSeed, ...secure } = parts();
  return secure;
}

/** Everything that may have to be restored: policy, average, analyses, early stop, validation. */
function rich(policy: SchedulePolicy): Partial<DurableRunParts> {
  const estimator = perExample({ clipNorm: 1 });
  const { sensitivity, batches } = estimator;
  const analyses = {
    sampleRate: 0.5,
    noiseMultiplier: 1,
    sensitivity,
    batches,
    valueCount: 3,
    interval: 2,
    count: 2,
  };
  return {
    validation: stripes(10),
    weightAverage: new WeightAverage({ decay: 0.5 }),
    earlyStop: { patience: 3 },
    plan: { ...plan, analyses, quantileClipping: { quantile: 0.5 } },
    schedule: {
      policy,
      format: 'luq-fp4',
      budget: { quantizedFraction: 0.67 },
      analysis: { estimator, adaptive: false },
    },
  };
}

/** Stops a run before the step after `last`. */
function stopping(last: number, atOnce = false) {
  const stop = new AbortController();
  const reporter: RunReporter = {
    onStepEnd: ({ steps: taken }) => {
      if (taken === last) stop.abort();
    },
  };
  const signals = atOnce ? { signal: stop.signal } : { stopBetweenSteps: stop.signal };
  return [reporter, signals] as const;
}

describe('runDurably', () => {
  it.each([
    ['static', staticPolicy],
    ['loss-aware', lossAware],
  ])('ends the same however often it was stopped: %s', async (_, policy) => {
    const whole = new MemoryStore();
    await runDurably(whole, parts(rich(policy())));
    expect(whole.summary).toMatchObject({ stopped: 'finished', steps, guarantee: 'none' });
    expect(whole.records.schedule.map(({ impacts }) => impacts !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
    for (const last of [1, 2, 3, 5]) {
      const store = new MemoryStore();
      const stopped = await runDurably(store, parts(rich(policy())), ...stopping(last));
      expect(stopped).toMatchObject({ stopped: 'interrupted', summary: null, lostSteps: 0 });
      expect(store.model).toBeNull();
      await runDurably(store, parts(rich(policy())));
      expect(lasting(store)).toEqual(lasting(whole));
    }
  });

  it('writes in an order that is consistent after any crash', async () => {
    const store = new MemoryStore();
    await runDurably(store, parts());
    const epoch = ['schedule', 'ledger', 'ledger', 'metrics', 'checkpoint'];
    // The ledger of the first step of an epoch comes after the schedule, which is public.
    const begin = ['ledger', 'checkpoint'];
    const end = ['checkpoint', 'model', 'summary'];
    expect(store.done).toEqual([...begin, ...epoch, ...epoch, ...epoch, ...end]);
  });

  it('reports progress, also when it is resumed', async () => {
    const store = new MemoryStore();
    const seen: string[] = [];
    const reporter: RunReporter = {
      onBegin: ({ resumed, firstStep, assignment, guarantee }) =>
        void seen.push(`begin ${resumed} ${firstStep} ${assignment !== null} ${guarantee}`),
      onEpochBegin: ({ epoch }) => void seen.push(`epoch ${epoch}`),
      onEpochEnd: ({ epoch, steps: taken, epsilon }) =>
        void seen.push(`end ${epoch} after ${taken}, ε ${epsilon > 0}`),
    };
    const [stop, signals] = stopping(3);
    await runDurably(store, secureParts(), { ...reporter, ...stop }, signals);
    await runDurably(store, secureParts(), reporter);
    expect(seen).toEqual([
      'begin false 0 false differential privacy',
      'epoch 0',
      'end 0 after 2, ε true',
      'epoch 1',
      'begin true 3 true differential privacy',
      'end 1 after 4, ε true',
      'epoch 2',
      'end 2 after 6, ε true',
    ]);
    expect(store.records.metrics.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
  });

  it('keeps a cut-off step charged, and charges its repetition again', async () => {
    const store = new MemoryStore();
    const stop = new AbortController();
    const data = stripes();
    let taken = 0;
    const training = {
      ...data,
      privacyUnits: data.privacyUnits,
      read: (...given: Parameters<typeof data.read>) => {
        if (taken === 2) stop.abort();
        return data.read(...given);
      },
    };
    const cut = await runDurably(
      store,
      { ...secureParts(), training, physicalBatchSize: 1 },
      { onStepEnd: ({ steps: count }) => void (taken = count) },
      { signal: stop.signal },
    );
    expect([cut.stopped, cut.lostSteps]).toEqual(['interrupted', 1]);
    const { stopped, position, lostSteps, summary } = await runDurably(store, secureParts());
    expect([stopped, position.step, lostSteps]).toEqual(['privacy budget exhausted', 5, 1]);
    expect(eventCount(await store.readLedger())).toBe(steps);
    expect(summary).toMatchObject({ stopped, steps: 5 });
    // The epoch of the lost step has its record.
    expect(store.records.metrics.map(({ step }) => step)).toEqual([2, 4, 5]);
  });

  it('saves the state when the policy fails, and resumes with a valid policy', async () => {
    const store = new MemoryStore();
    const inner = staticPolicy();
    const failing: SchedulePolicy = {
      name: 'failing',
      select(context) {
        if (context.epoch === 1) throw new Error('no answer');
        return inner.select(context);
      },
    };
    const { schedule } = stripesRun();
    const failed = await runDurably(store, parts({ schedule: { ...schedule, policy: failing } }));
    expect(failed).toMatchObject({ stopped: 'policy error', problem: expect.any(PolicyError) });
    expect(failed.summary).toMatchObject({ stopped: 'policy error', steps: 2 });
    expect([store.summary, store.model]).toEqual([null, null]);
    const policy = staticPolicy();
    expect(await runDurably(store, parts({ schedule: { ...schedule, policy } }))).toMatchObject({
      stopped: 'finished',
    });
  });

  it.each(['sum', 'probe'] as const)(
    'saves the state of the step before where the source is gone at a %s, and goes on',
    async (method) => {
      const store = new MemoryStore();
      const run = parts();
      const local = localSource(run);
      const gone = new SourceError('the other machine');
      let left = method === 'sum' ? 3 : 4;
      const failing: GradientSource = {
        ...local,
        [method]: (...request: Parameters<GradientSource['sum']>) =>
          left-- > 0 ? (local[method] as GradientSource['sum'])(...request) : Promise.reject(gone),
      };
      await expect(runDurably(store, { ...run, source: failing })).rejects.toBe(gone);
      const { step, charged } = JSON.parse(store.checkpoint!.state) as Record<string, number>;
      expect([step, charged]).toEqual(method === 'sum' ? [3, 3] : [2, 2]);
      expect(await runDurably(store, parts())).toMatchObject({ stopped: 'finished' });
    },
  );

  it("saves the last finished step's state when released values are not finite", async () => {
    const store = new MemoryStore();
    // The first step goes well, the second makes the weights infinite.
    const optimizer = sgd({ learningRate: (step) => (step === 0 ? 0.1 : 1e40) });
    await expect(runDurably(store, parts({ optimizer }))).rejects.toThrow(/not finite/);
    expect(JSON.parse(store.checkpoint!.state)).toMatchObject({ charged: 2, step: 2 });
    expect(store.summary).toBeNull();
  });

  it('starts if it was stopped before its first checkpoint', async () => {
    const store = new MemoryStore();
    await store.begin(new PrivacyLedger({ guarantee: 'none' }), {});
    const whole = new MemoryStore();
    await runDurably(whole, parts());
    await runDurably(store, parts());
    expect(lasting(store)).toEqual(lasting(whole));
  });

  it('includes what was spent on the initial weights', async () => {
    const store = new MemoryStore();
    const before = new PrivacyLedger().record(gaussian(4), 'training');
    const firstLedger = new PrivacyLedger({ run: 'ab' }).importLedger(before, 'pretraining');
    const modelNotes = (ledger: PrivacyLedger) => ({
      run: ledger.run,
      charged: eventCount(ledger),
    });
    const secure = { ...secureParts(), firstLedger, modelNotes };
    let imported: number | null = null;
    const { summary } = await runDurably(store, secure, {
      onBegin: ({ epsilonImported }) => void (imported = epsilonImported),
    });
    expect(imported).toBe(before.epsilon(1e-3, { accountant: 'rdp' }));
    const { summary: plain } = await runDurably(new MemoryStore(), secureParts());
    expect(summary!.epsilonImported).toBe(imported);
    expect(summary!.epsilon).toBeGreaterThan(plain!.epsilon!);
    expect(summary!.epsilonSpent).toBe(summary!.epsilon);
    expect(store.model!.notes).toEqual({ run: 'ab', charged: 1 + steps });
  });
});

describe('runDurably refuses', () => {
  async function stoppedStore(): Promise<MemoryStore> {
    const store = new MemoryStore();
    await runDurably(store, parts(), ...stopping(3));
    return store;
  }

  it('parts that do not fit together, with nothing written', async () => {
    const store = new MemoryStore();
    const { schedule } = stripesRun();
    const wrong = parts({ schedule: { ...schedule, format: 'fp5' } });
    await expect(runDurably(store, wrong)).rejects.toThrow(/fp5/);
    expect(await store.stage()).toBe('empty');
    expect(store.done).toEqual([]);
  });

  it.each<[string, Partial<DurableRunParts>, RegExp]>([
    [
      'another plan',
      { plan: { ...plan, steps: 9 } },
      /plan\.steps is 9, the run in memory was started with 6; give the same again/,
    ],
    ['another seed', { seed: 4 }, /seed is 4, .*started with 3/],
    ['another insecure seed', { insecureSeed: 6 }, /insecureSeed is 6, .*started with 5/],
    ['other data', { training: stripes(40) }, /other data: expected privacy units 60/],
  ])('to resume with %s', async (_, changes, message) => {
    const store = await stoppedStore();
    const before = snapshot(store);
    await expect(runDurably(store, parts(changes))).rejects.toThrow(message);
    expect(snapshot(store)).toEqual(before);
  });

  it('a ledger of another plan, one with fewer events, and a lost checkpoint', async () => {
    const [other, less, lost] = [await stoppedStore(), await stoppedStore(), await stoppedStore()];
    const foreign = new PrivacyLedger({ guarantee: 'none' }).record(gaussian(9), 'training', 3);
    other.ledger = JSON.stringify(foreign);
    await expect(runDurably(other, parts())).rejects.toThrow(
      /events that are not in this run's plan/,
    );
    less.ledger = JSON.stringify(new PrivacyLedger({ guarantee: 'none' }));
    await expect(runDurably(less, parts())).rejects.toThrow(/shows 0 charged events.*restore it/);
    lost.checkpoint = null;
    await expect(runDurably(lost, parts())).rejects.toThrow(/has charged steps and no checkpoint/);
  });

  it('to resume an insecure run securely', async () => {
    const store = await stoppedStore();
    await expect(runDurably(store, secureParts())).rejects.toThrow(/insecureSeed is absent/);
  });

  it('a finished run', async () => {
    const store = new MemoryStore();
    await runDurably(store, parts());
    await expect(runDurably(store, parts())).rejects.toThrow(/memory: the run is finished/);
  });
});

it('gives the same weights as a trainer without a store', async () => {
  const store = new MemoryStore();
  const run = parts();
  await runDurably(store, run);
  expect(store.model!.weights).toEqual(weightsOf(run.model));
});
