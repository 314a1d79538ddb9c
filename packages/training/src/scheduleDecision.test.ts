import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import {
  defaultFormatSpeedups,
  probabilistic,
  type ScheduleContext,
  type SchedulePolicy,
} from '@dpquant/scheduling';
import { runDurably } from './durable/runDurably.ts';
import { MemoryStore } from './testing/memoryStore.ts';
import { smallTrainer, stripesPlan, stripesRun } from './testing/smallRun.ts';
import type { ScheduleDecision } from './trainerTypes.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const plan = { ...stripesPlan, steps: 5, stepsPerEpoch: 2 };

/** What a policy is told and decides in a run of five steps that decides every three. */
async function decisionsOf(policy: SchedulePolicy): Promise<ScheduleDecision[]> {
  const decisions: ScheduleDecision[] = [];
  const { trainer } = smallTrainer({
    plan,
    schedule: { ...stripesRun().schedule, policy, interval: 3 },
    callbacks: { onDecision: (decision) => void decisions.push(decision) },
  });
  await trainer.run();
  return decisions;
}

describe('a policy', () => {
  it("gets the place of its decision, earlier decisions, and the formats' speed-ups", async () => {
    const contexts: ScheduleContext[] = [];
    const inner = probabilistic();
    const select = (context: ScheduleContext) => {
      contexts.push({ ...context });
      return inner.select(context);
    };
    const [first] = await decisionsOf({ name: 'listening', select });
    const length = { epochs: 3, steps: 5, stepsPerEpoch: 2, interval: 3 };
    expect(contexts).toMatchObject([
      { ...length, epoch: 0, step: 0, earlier: [] },
      { ...length, epoch: 1, step: 3, earlier: [first!.assignment] },
    ]);
    expect(contexts[0]!.formatSpeedups).toEqual(defaultFormatSpeedups);
  });

  it('gives its probabilities, from random numbers independent of its choice', async () => {
    const inner = probabilistic();
    const known: (number | undefined)[] = [];
    const drawing: SchedulePolicy = {
      name: inner.name,
      select(context) {
        known.push(context.earlier?.length);
        return inner.select(context);
      },
      probabilities(context) {
        context.random();
        (context.earlier as unknown[]).splice(0);
        return inner.probabilities!(context);
      },
    };
    const decisions = await decisionsOf(drawing);
    expect(known).toEqual([0, 1]);
    const plain = await decisionsOf({
      name: inner.name,
      select: (context) => inner.select(context),
    });
    expect(decisions.map(({ assignment }) => assignment)).toEqual(
      plain.map(({ assignment }) => assignment),
    );
    expect(plain.map(({ probabilities }) => probabilities)).toEqual([null, null]);
    for (const { probabilities } of decisions) {
      expect([...probabilities!]).toEqual(
        ['conv', 'hidden', 'output'].map((name) => [name, 2 / 3]),
      );
    }
  });

  it('ends the run with an invalid probability', async () => {
    const wrong = {
      ...probabilistic(),
      name: 'wrong',
      probabilities: () => new Map([['conv', 2]]),
    };
    await expect(decisionsOf(wrong)).rejects.toThrow(
      /^wrong, step 0: layer 'conv': expected a probability from 0 to 1, got 2$/,
    );
  });

  it('has its probabilities in the record of each decision', async () => {
    const store = new MemoryStore();
    const run = stripesRun();
    await runDurably(store, { ...run, plan: { ...plan, accountant: 'rdp' }, delta: 1e-3 });
    expect(store.records.schedule).toHaveLength(3);
    for (const { probabilities } of store.records.schedule) {
      expect(probabilities).toEqual({ conv: 2 / 3, hidden: 2 / 3, output: 2 / 3 });
    }
  });
});
