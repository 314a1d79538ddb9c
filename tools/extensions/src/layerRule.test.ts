import '@tensorflow/tfjs-backend-cpu';
import { expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { multiplyChannels, registerLayerRule, weightOf } from '@dpquant/gradients';
import { trainPrivately } from '@dpquant/training';
import { shortRun, signs } from './signs.ts';

/** A layer: RMSNorm, γ·x / √(mean(x²) + ε) over the last axis. */
class RmsNorm extends tfl.layers.Layer {
  static readonly className = 'RmsNorm';
  gamma!: tfl.LayerVariable;

  override build(shape: tfl.Shape): void {
    const size = shape.at(-1)!;
    this.gamma = this.addWeight('gamma', [size], 'float32', tfl.initializers.ones());
    this.built = true;
  }

  override computeOutputShape(shape: tfl.Shape): tfl.Shape {
    return shape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = Array.isArray(inputs) ? inputs : [inputs];
    return tf.tidy(() => tf.mul(normalized(x!), this.gamma.read()));
  }
}
tf.serialization.registerClass(RmsNorm);

const normalized = (x: tf.Tensor) =>
  tf.div(x, tf.sqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-6)));

/** Its rule: examples stay apart, and γ's gradient of each is dy times the normalized input. */
registerLayerRule({
  className: 'RmsNorm',
  call: (layer, x, pass) =>
    multiplyChannels(
      pass,
      tf.tidy(() => normalized(x)),
      weightOf(layer, 'gamma')!,
    ),
});

it('trains a layer of its own by a rule of its own', async () => {
  const { dense } = tfl.layers;
  const norm = new RmsNorm({ name: 'norm' });
  const model = tfl.sequential({
    layers: [
      dense({ name: 'hidden', inputShape: [2], units: 8, activation: 'relu' }),
      norm,
      dense({ name: 'logits', units: 2 }),
    ],
  });
  const before = await norm.gamma.read().data();
  const { metrics } = await trainPrivately(model, signs(), shortRun);
  expect(metrics.accuracy).toBeGreaterThan(0.8);
  expect(await norm.gamma.read().data()).not.toEqual(before);
});
