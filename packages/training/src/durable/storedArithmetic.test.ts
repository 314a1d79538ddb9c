import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { localSource } from '../source/localSource.ts';
import type { FoundSums } from '../source/gradientSource.ts';
import { MemoryStore } from '../testing/memoryStore.ts';
import { stripesPlan, stripesRun } from '../testing/smallRun.ts';
import { runDurably } from './runDurably.ts';
import type { DurableRunParts } from './runParts.ts';
import { sha256 } from './sha256.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const exact: FoundSums = { arithmetic: 'exact' };
const inFloat: FoundSums = { arithmetic: 'float', reason: 'it differs', format: 'float32' };

/** A run of two epochs of two steps, whose source gives this result. */
function parts(found: FoundSums): DurableRunParts {
  const run = stripesRun();
  return {
    ...run,
    plan: { ...stripesPlan, steps: 4, stepsPerEpoch: 2, accountant: 'rdp' },
    delta: 1e-3,
    source: {
      ...localSource(run),
      probe: async ({ sums }) => sums && found,
    },
  };
}

/** Trains until a step is done, or to the end. */
async function train(store: MemoryStore, found: FoundSums, last = Infinity): Promise<string[]> {
  const stop = new AbortController();
  const seen: string[] = [];
  await runDurably(
    store,
    parts(found),
    {
      onProbe: ({ arithmetic }) => void seen.push(arithmetic),
      onStepEnd: ({ steps }) => {
        if (steps === last) stop.abort();
      },
    },
    { stopBetweenSteps: stop.signal },
  );
  return seen;
}

const storedIn = ({ checkpoint }: MemoryStore) =>
  (JSON.parse(checkpoint!.state) as { arithmetic?: unknown }).arithmetic;
const recorded = ({ records, summary }: MemoryStore) => [
  ...records.metrics.map(({ arithmetic }) => arithmetic),
  summary?.arithmetic,
];

describe('the arithmetic of sums', () => {
  it.each([exact, inFloat])('is in the records and the summary: $arithmetic', async (found) => {
    const store = new MemoryStore();
    await train(store, found);
    const { arithmetic } = found;
    expect(recorded(store)).toEqual([arithmetic, arithmetic, arithmetic]);
  });

  it('becomes float when an exact run is resumed as float', async () => {
    const store = new MemoryStore();
    await train(store, exact, 3);
    expect(storedIn(store)).toBe('exact');
    expect(await train(store, inFloat)).toEqual(['float']);
    expect(recorded(store)).toEqual(['exact', 'float', 'float']);
  });

  it('stays float when a float run is resumed as exact', async () => {
    const store = new MemoryStore();
    await train(store, inFloat, 3);
    expect(await train(store, exact)).toEqual(['float']);
    expect(recorded(store)).toEqual(['float', 'float', 'float']);
  });

  it('is stored as float before the first float step', async () => {
    const store = new MemoryStore();
    await train(store, exact, 2);
    const ending = jest
      .spyOn(store, 'writeLedger')
      .mockRejectedValue(new Error('the process has ended'));
    await expect(runDurably(store, parts(inFloat))).rejects.toThrow('the process has ended');
    ending.mockRestore();
    expect(storedIn(store)).toBe('float');
    await train(store, exact);
    expect(store.summary!.arithmetic).toBe('float');
  });

  it('is float in a run of an earlier version, which did not store it', async () => {
    const store = new MemoryStore();
    await train(store, exact, 3);
    const { arithmetic, checksum, ...state } = JSON.parse(store.checkpoint!.state) as Record<
      string,
      unknown
    >;
    const sum = await sha256(JSON.stringify(state));
    store.checkpoint!.state = JSON.stringify({ ...state, checksum: sum });
    await train(store, exact);
    expect(store.summary!.arithmetic).toBe('float');
  });
});
