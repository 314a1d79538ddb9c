import { beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { checkGradients } from './checkGradients.ts';
import { softmaxCrossEntropy, type PerExampleLoss } from './losses.ts';
import { registerLayerRule } from './rules/registry.ts';
import { weightOf } from './rules/layerRule.ts';
import { everyLayerModel, modelOf, randomBatch } from './testing/models.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const { dense, dropout } = tfl.layers;

/** y = x·scale, with one scale for all values; its rule may be wrong on purpose. */
class Scale extends tfl.layers.Layer {
  static readonly className: string = 'Scale';
  scale: tfl.LayerVariable | undefined;

  override build(): void {
    this.scale = this.addWeight('scale', [1], 'float32', tfl.initializers.constant({ value: 2 }));
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mul([inputs].flat()[0]!, this.scale!.read());
  }
}
class MixingScale extends Scale {
  static override readonly className = 'MixingScale';
}
class BadScale extends Scale {
  static override readonly className = 'BadScale';
}

/** Rotates the first axis by one: each example gets another's gradient; the sum does not change. */
const turned = (gradients: tf.Tensor) =>
  tf.gather(
    gradients,
    Array.from({ length: gradients.shape[0] }, (_, i) => (i + 1) % gradients.shape[0]),
  );

for (const [className, factor] of [
  ['Scale', 1],
  ['BadScale', 1.01],
  ['MixingScale', 1],
] as const) {
  registerLayerRule({
    className,
    call: (layer, x, pass) => {
      const scale = weightOf(layer, 'scale')!;
      return pass.weighted(x, scale, (input, keep) => {
        const kept = keep(tf.clone(input));
        return {
          value: tf.mul(input, scale),
          backward: (dy) => ({
            dx: tf.mul(dy, scale),
            gradients: (className === 'MixingScale' ? turned : tf.clone)(
              tf.mul(tf.sum(tf.mul(dy, kept), 1, true), factor),
            ),
          }),
        };
      });
    },
  });
}

it('accepts built-in layers, random layers and a correct custom rule', async () => {
  const before = tf.memory().numTensors;
  const models = [
    everyLayerModel(),
    modelOf(
      dense({ inputShape: [7, 6, 2], units: 3 }),
      dropout({ rate: 0.5 }),
      tfl.layers.flatten(),
    ),
    modelOf(tfl.layers.flatten({ inputShape: [7, 6, 2] }), new Scale(), dense({ units: 3 })),
  ];
  const weights = tf.memory().numTensors - before;
  const batch = randomBatch(3, [7, 6, 2], 3);
  for (const model of models) await checkGradients(model, batch, softmaxCrossEntropy);
  tf.dispose([batch.inputs, batch.targets]);
  expect(tf.memory().numTensors).toBe(before + weights);
});

it('names the weight of an incorrect rule', async () => {
  const model = modelOf(dense({ inputShape: [5], units: 4 }), new BadScale(), dense({ units: 3 }));
  await expect(checkGradients(model, randomBatch(3, [5], 3), softmaxCrossEntropy)).rejects.toThrow(
    /^weights "[^"]*scale": have per-example gradients that do not add up/,
  );
});

it('finds a rule that mixes examples although the sum is right', async () => {
  const layers = [dense({ inputShape: [5], units: 4 }), new MixingScale(), dense({ units: 3 })];
  const work = checkGradients(modelOf(...layers), randomBatch(3, [5], 3), softmaxCrossEntropy);
  await expect(work).rejects.toThrow(/one at a time, though their sum is right/);
});

it('does not name a rule if the loss mixes examples', async () => {
  const model = modelOf(dense({ inputShape: [5], units: 3 }));
  const mixing: PerExampleLoss = (predictions, targets) =>
    tf.mul(softmaxCrossEntropy(predictions, targets), tf.mean(predictions));
  await expect(checkGradients(model, randomBatch(3, [5], 3), mixing)).rejects.toThrow(
    /a layer or the loss mixes examples.*no layer rule is wrong/,
  );
});

it('names weights that the loss does not depend on', async () => {
  const input = tfl.input({ shape: [5] });
  const outputs = [3, 2].map((units) => dense({ units }).apply(input) as tfl.SymbolicTensor);
  const model = tfl.model({ inputs: input, outputs });
  const ignored = () => tf.zeros<tf.Rank.R1>([3]);
  const batch = randomBatch(3, [5], 3);
  await expect(
    checkGradients(model, { ...batch, targets: [batch.targets, batch.targets] }, [
      softmaxCrossEntropy,
      ignored,
    ]),
  ).rejects.toThrow(/kernel", ".*bias": have no gradient/);
});
