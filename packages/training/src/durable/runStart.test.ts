import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { gaussian, PrivacyLedger } from '@dpquant/accounting';
import type { Dataset } from '@dpquant/data';
import { probabilistic } from '@dpquant/scheduling';
import { snapshot, MemoryStore } from '../testing/memoryStore.ts';
import { stripes, stripesPlan, stripesRun } from '../testing/smallRun.ts';
import { WeightAverage } from '../weightAverage.ts';
import { runDurably } from './runDurably.ts';
import type { DurableRunParts } from './runParts.ts';

jest.setTimeout(60_000);

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const plan = { ...stripesPlan, steps: 6, stepsPerEpoch: 2, accountant: 'rdp' } as const;

/** A secure run. */
function parts(changes: Partial<DurableRunParts> = {}): DurableRunParts {
  return { ...stripesRun(), plan, delta: 1e-3, ...changes };
}

/** A run that was stopped after its third step. */
async function stoppedStore(changes: Partial<DurableRunParts> = {}): Promise<MemoryStore> {
  const store = new MemoryStore();
  const stop = new AbortController();
  const onStepEnd = ({ steps }: { steps: number }) => {
    if (steps === 3) stop.abort();
  };
  await runDurably(store, parts(changes), { onStepEnd }, { stopBetweenSteps: stop.signal });
  return store;
}

function renamed(name: string): Dataset {
  return Object.create(stripes(), { name: { value: name } }) as Dataset;
}

const average = () => ({ weightAverage: new WeightAverage({ decay: 0.5 }) });
const settings = [['of', 'mine']] as const;
const longer = { ...plan, steps: 9 };
const schedule = { policy: probabilistic(), format: 'int8', budget: { quantizedFraction: 0.67 } };
const drawn = { ...schedule, format: 'luq-fp4', seed: 9 };

describe('a run cannot be resumed', () => {
  it.each<[string, Partial<DurableRunParts>, Partial<DurableRunParts>, RegExp]>([
    ['on data of another name', {}, { training: renamed('other') }, /data is "other"/],
    ['by another clipping rule', {}, { clipping: 'automatic' }, /clipping is "automatic"/],
    ['with other rows of a unit', {}, { rowsPerUnit: 3 }, /rowsPerUnit is 3/],
    ['by other draws of layers', {}, { schedule: drawn }, /scheduleSeed is 9/],
    ['in another format', {}, { schedule }, /format is "int8"/],
    [
      'by a longer plan, whatever its settings',
      { settings },
      { settings, plan: longer },
      /steps is 9/,
    ],
    ['with other settings', { settings }, { settings: [['of', 'yours']] }, /of is yours/],
    ['without its weight average', average(), {}, /started with a weightAverage/],
    ['with a weight average it had not', {}, average(), /started without a weightAverage/],
    ['under an insecure seed', { settings }, { settings, insecureSeed: 1 }, /guarantees nothing/],
  ])('%s', async (_, before, after, message) => {
    const store = await stoppedStore(before);
    const there = snapshot(store);
    await expect(runDurably(store, parts(after))).rejects.toThrow(message);
    expect(snapshot(store)).toEqual(there);
  });

  it('with an insecure seed if it was secure, even before the first step', async () => {
    const store = new MemoryStore();
    await store.begin(new PrivacyLedger(), {});
    await expect(runDurably(store, parts({ insecureSeed: 1 }))).rejects.toThrow(
      /the ledger of memory says 'differential privacy', and the resumed run guarantees nothing/,
    );
  });
});

it("the order of a plan's fields does not matter", async () => {
  const quantileClipping = { quantile: 0.5, learningRate: 0.2 };
  const store = await stoppedStore({ plan: { ...plan, quantileClipping } });
  const turned = { quantileClipping: { learningRate: 0.2, quantile: 0.5 }, ...plan };
  expect((await runDurably(store, parts({ plan: turned }))).stopped).toBe('finished');
});

it('a run is not resumed with the ledger of another run with the same parts', async () => {
  const [store, other] = [await stoppedStore(), await stoppedStore()];
  store.ledger = other.ledger;
  await expect(runDurably(store, parts())).rejects.toThrow(/^resume: run is "[^"]+", the run in/);
});

it('a run does not start over a checkpoint whose ledger is lost', async () => {
  const store = await stoppedStore();
  store.config = null;
  await expect(runDurably(store, parts())).rejects.toThrow(/holds a checkpoint and no run/);
});

describe('a run does not start', () => {
  const spent = () => new PrivacyLedger().record(gaussian(4), 'training', 2);

  it.each<[string, Partial<DurableRunParts>, RegExp]>([
    ['with the ledger of another run as its own', { firstLedger: spent() }, /2 events of its own/],
    [
      'under an insecure seed with a ledger that promises privacy',
      { insecureSeed: 1, firstLedger: new PrivacyLedger() },
      /firstLedger: says 'differential privacy', and the run guarantees nothing/,
    ],
    ['with a δ that is none', { delta: 1 }, /delta: expected a probability/],
  ])('%s', async (_, changes, message) => {
    const store = new MemoryStore();
    await expect(runDurably(store, parts(changes))).rejects.toThrow(message);
    expect(store.done).toEqual([]);
  });
});
