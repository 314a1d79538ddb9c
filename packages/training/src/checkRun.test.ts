import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Dataset } from '@dpquant/data';
import { binaryCrossEntropy, meanSquaredError, softmaxCrossEntropy } from '@dpquant/gradients';
import { flatClipping, registerClippingRule, type ClippingRule } from '@dpquant/mechanisms';
import { int4LuqArithmetic, registerArithmetic } from '@dpquant/quantization';
import { defaultFormatSpeedups, lossAware, type SchedulePolicy } from '@dpquant/scheduling';
import { accuracy } from './accuracy.ts';
import { PolicyError } from './policyError.ts';
import { smallTrainer, stripes, stripesModel } from './testing/smallRun.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const { dense, flatten } = tfl.layers;
/** Flat images to `units` outputs. */
function denseModel(units: number, more: object = {}): tfl.Sequential {
  return tfl.sequential({
    layers: [flatten({ inputShape: [4, 4, 1] }), dense({ name: 'head', units, ...more })],
  });
}
/** The stripes with targets of another shape. */
function withTargets(targetShape: number[]): Dataset {
  const data = stripes();
  const size = targetShape.reduce((a, b) => a * b, 1);
  return {
    ...data,
    name: data.name,
    count: data.count,
    inputShape: data.inputShape,
    classNames: data.classNames,
    privacyUnits: data.privacyUnits,
    targetShape,
    async read(rows, options) {
      const batch = await data.read(rows, options);
      return { ...batch, targets: new Float32Array(batch.size * size) };
    },
  };
}
/** The name of flat clipping with some properties replaced. */
function flatBut(name: string, changes: (clipNorm: number) => Partial<ClippingRule>): string {
  registerClippingRule(name, (clipNorm) => ({ ...flatClipping(clipNorm), ...changes(clipNorm) }));
  return name;
}
const base = { format: 'luq-fp4', budget: { quantizedFraction: 1 } };
const every: SchedulePolicy = {
  name: 'every',
  select: ({ layers, format }) => new Map(layers.map(({ name }) => [name, format])),
};

describe('a trainer refuses before it charges anything', () => {
  it.each<[string, () => Parameters<typeof smallTrainer>[0], RegExp]>([
    [
      'a seed of the schedule that is none',
      () => ({ schedule: { ...base, policy: every, seed: -1 } }),
      /^seed: expected a whole number .*got -1/,
    ],
    ['a seed that is none', () => ({ seed: 1.5 }), /^seed: expected a whole number .*got 1.5/],
    [
      'physical batches of more units than a sum of 32 bits holds',
      () => ({ physicalBatchSize: 2 * 2047 + 1, rowsPerUnit: 2 }),
      /^physicalBatchSize: expected at most 4094 examples, which are 2047 units, got 4095; take a smaller/,
    ],
    [
      'a clip norm that the grid does not carry',
      () => ({ plan: { clipNorm: 1e-30 } }),
      /^clipNorm: expected a number > 0, from 2\^-60 to 2\^60 .*got 1e-30/,
    ],
    [
      'a policy that cannot choose',
      () => ({ schedule: { ...base, policy: { name: 'mine' } as SchedulePolicy } }),
      /^schedule.policy: expected a policy .* and select undefined/,
    ],
    [
      'one logit and the metrics of classes',
      () => ({ model: denseModel(1), loss: binaryCrossEntropy, validation: stripes() }),
      /^task 'classification': .* got outputs \[1\]; .* or take task 'binary'/,
    ],
    [
      'a policy that wants impacts without an analysis',
      () => ({ schedule: { ...base, policy: lossAware() } }),
      /^schedule: the policy "loss-aware" chooses by loss impacts.*perExample\(\).*probabilistic\(\)/,
    ],
    [
      'a budget that nothing reaches',
      () => ({ schedule: { ...base, policy: every, budget: { theoreticalSpeedup: 100 } } }),
      /^budget\.theoreticalSpeedup: expected at most 4,/,
    ],
    [
      'a softmax before a loss of logits',
      () => ({ model: denseModel(2, { activation: 'softmax' }) }),
      /^layer "head" \(Dense\): ends in a softmax, and the loss takes logits/,
    ],
    [
      'class indices as targets of one output',
      () => ({ model: denseModel(1), loss: softmaxCrossEntropy }),
      /at least two classes, got \[2, 1\].*binaryCrossEntropy/,
    ],
    [
      'targets of another shape than the loss takes',
      () => ({ model: denseModel(3), loss: meanSquaredError }),
      /^meanSquaredError: .*shape of the predictions/,
    ],
    [
      'examples of another shape than the model takes',
      () => ({ model: tfl.sequential({ layers: [dense({ inputShape: [16], units: 2 })] }) }),
      /^training: "stripes" has examples of shape \[4, 4, 1\], the model takes \[16\];/,
    ],
    [
      'layers that are all frozen',
      () => ({ model: denseModel(2, { trainable: false }) }),
      /nothing to train: .*trainable = true/,
    ],
    [
      'a rule that does not clip under a plan with noise',
      () => ({ clipping: 'none' }),
      /^clipping: the rule "none" has sensitivity Infinity for the clip norm 1.*guarantee: 'none'/,
    ],
    [
      'a clipping rule that nobody knows',
      () => ({ clipping: 'quantile' }),
      /^clipping: expected one of flat, per-layer, automatic, none.* got 'quantile'; .*registerClippingRule/,
    ],
    [
      'a clipping rule that looks at all units',
      () => ({
        clipping: flatBut('looks at all', (clipNorm) => ({
          factors: (norms) => {
            const largest = norms.reduce((a, b) => (b > a && b < Infinity ? b : a), clipNorm);
            return new Float32Array(norms.length).fill(clipNorm / largest);
          },
        })),
      }),
      /^clipping: the rule "flat" gives a norm another factor beside other norms/,
    ],
    [
      'a clipping rule that does not clip to its sensitivity',
      () => ({
        clipping: flatBut('does not clip', () => ({
          factors: (norms) => new Float32Array(norms.length).fill(1),
        })),
      }),
      /^clipping: the rule "flat" lets a unit add 1e\+37 times its sensitivity of 1/,
    ],
    [
      'a clipping rule that goes beyond its sensitivity by more than a rounding',
      () => ({
        clipping: flatBut('goes beyond', (clipNorm) => ({
          factors: (norms) => Float32Array.from(norms, (norm) => (clipNorm / norm) * (1 + 5e-7)),
        })),
      }),
      /^clipping: the rule "flat" lets a unit add 1.0000005\d* times/,
    ],
    [
      'a clipping rule that forgets how many layers it scales',
      () => ({ clipping: flatBut('forgets layers', () => ({ scope: 'layer' })) }),
      /^clipping: the rule "flat" lets a unit add 7.99\d* times/,
    ],
    [
      'a clipping rule with negative factors',
      () => ({
        clipping: flatBut('negative', () => ({
          factors: (norms) => new Float32Array(norms.length).fill(-1),
        })),
      }),
      /^clipping: the rule "flat" lets a unit add NaN times/,
    ],
    [
      'an early stop by no examples',
      () => ({
        validation: { ...withTargets([]), count: 0 },
        earlyStop: { patience: 2 },
      }),
      /^earlyStop: "stripes" has no examples/,
    ],
  ])('%s', (_, changes, message) => {
    expect(() => smallTrainer(changes())).toThrow(message);
  });

  it('models with several inputs, with a remedy', () => {
    const inputs = [tfl.input({ shape: [4] }), tfl.input({ shape: [4] })];
    const joined = tfl.layers.concatenate().apply(inputs) as tfl.SymbolicTensor;
    const outputs = dense({ units: 2 }).apply(joined) as tfl.SymbolicTensor;
    expect(() => smallTrainer({ model: tfl.model({ inputs, outputs }) })).toThrow(
      /^training: "stripes" has one input, the model the inputs input\d+, input\d+; give inputs by these names/,
    );
  });
});

it('a policy that uses impacts runs without quantizable layers', async () => {
  const model = stripesModel();
  for (const name of ['conv', 'hidden', 'output']) model.getLayer(name).trainable = false;
  const { trainer } = smallTrainer({ model, schedule: { ...base, policy: lossAware() } });
  expect((await trainer.run()).stopped).toBe('finished');
});

it('a model with one logit trains without validation', async () => {
  const { trainer } = smallTrainer({ model: denseModel(1), loss: binaryCrossEntropy });
  expect((await trainer.run()).stopped).toBe('finished');
  await expect(accuracy(denseModel(1), stripes())).rejects.toThrow(/^accuracy: .*outputs \[1\]/);
});

describe('an invalid policy', () => {
  const failing = (epoch: number, fail: () => ReadonlyMap<string, string>): SchedulePolicy => ({
    name: 'mine',
    select: (context) => (context.epoch === epoch ? fail() : every.select(context)),
  });

  it.each<[string, () => ReadonlyMap<string, string>, RegExp]>([
    [
      'throws',
      () => {
        throw new TypeError('oops');
      },
      /^mine, epoch 1: oops$/,
    ],
    ['names another layer', () => new Map([['nowhere', 'luq-fp4']]), /^mine, epoch 1: .*'nowhere'/],
    ['names no format', () => new Map([['conv', 'fp3']]), /^mine, epoch 1: .*got 'fp3'/],
    ['gives no Map', () => ({}) as Map<string, string>, /^mine, epoch 1: expected select\(\)/],
  ])('ends the run with its position when it %s in a later epoch', async (_, fail, message) => {
    const { trainer, ledger } = smallTrainer({ schedule: { ...base, policy: failing(1, fail) } });
    const error = await trainer.run().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PolicyError);
    expect(error).toMatchObject({
      policy: 'mine',
      epoch: 1,
      message: expect.stringMatching(message),
    });
    expect(trainer.position.step).toBe(4);
    expect(trainer.position.assignments).toHaveLength(1);
    expect(ledger.entries[0]!.count).toBe(4);
    expect(trainer.settled.ledger.entries).toEqual(ledger.entries);
  });

  it('has spent nothing in the first epoch', async () => {
    const policy = failing(0, () => new Map([['conv', 'fp3']]));
    const { trainer, ledger } = smallTrainer({ schedule: { ...base, policy } });
    await expect(trainer.run()).rejects.toThrow(PolicyError);
    expect(ledger.entries).toEqual([]);
  });

  it("may use a user's format whose speed-up is known", async () => {
    registerArithmetic(int4LuqArithmetic(2));
    const policy = failing(0, () => new Map([['conv', 'int4-luq-smp2']]));
    const unknown = { ...base, policy, formatSpeedups: defaultFormatSpeedups };
    const { trainer, ledger } = smallTrainer({ schedule: unknown });
    await expect(trainer.run()).rejects.toThrow(/no speed-up is known.*add it to formatSpeedups/);
    expect(ledger.entries).toEqual([]);
    const unasked = smallTrainer({ schedule: { ...base, policy } });
    expect((await unasked.trainer.run()).stopped).toBe('finished');
    const formatSpeedups = new Map([...defaultFormatSpeedups, ['int4-luq-smp2', 4]]);
    const known = smallTrainer({ schedule: { ...base, policy, formatSpeedups } });
    expect((await known.trainer.run()).stopped).toBe('finished');
  });
});
