import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  scaledGroupNormalization,
  scaledGroupNormalizationGradients,
} from './scaledGroupNormalization.ts';

type LayerArguments = ConstructorParameters<typeof tfl.layers.Layer>[0];

/** Configuration of a `GroupNormalization` layer. */
export interface GroupNormalizationConfig extends NonNullable<LayerArguments> {
  /** Number of groups; must divide the number of channels. */
  readonly groups: number;
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
}

/**
 * Group normalization (Wu and He, arXiv 1803.08494) over the last axis: each group of channels of
 * each example is normalized to mean 0 and variance 1, then scaled by gamma and shifted by beta,
 * one of each per channel. Unlike batch normalization it never mixes examples.
 *
 * Input and output [n, …, channels]. Call `registerLayers()` before loading a saved model.
 */
export class GroupNormalization extends tfl.layers.Layer {
  static readonly className = 'GroupNormalization';
  readonly groups: number;
  readonly epsilon: number;
  gamma: tfl.LayerVariable | undefined;
  beta: tfl.LayerVariable | undefined;

  constructor(config: GroupNormalizationConfig) {
    super(config);
    this.groups = config.groups;
    this.epsilon = config.epsilon ?? 1e-5;
    this.supportsMasking = true;
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const channels = (inputShape as tfl.Shape).at(-1);
    if (typeof channels !== 'number' || channels % this.groups !== 0) {
      throw new RangeError(
        `GroupNormalization "${this.name}": ${this.groups} groups do not divide ${channels} channels`,
      );
    }
    this.gamma = this.addWeight('gamma', [channels], 'float32', tfl.initializers.ones());
    this.beta = this.addWeight('beta', [channels], 'float32', tfl.initializers.zeros());
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      return this.#normalize(x, this.gamma!.read(), this.beta!.read());
    });
  }

  #normalize(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor {
    const attributes = { groups: this.groups, epsilon: this.epsilon };
    return tf.customGrad((...given) => {
      const [input, scale, shift, save] = given as unknown as [
        ...[tf.Tensor, tf.Tensor, tf.Tensor],
        tf.GradSaveFunc,
      ];
      const { y, statistics } = scaledGroupNormalization(input, scale, shift, attributes);
      save([input, scale, statistics]);
      return {
        value: y,
        gradFunc(dy: tf.Tensor, saved: tf.Tensor[]) {
          const operands = { x: saved[0]!, gamma: saved[1]!, statistics: saved[2]! };
          const gradients = scaledGroupNormalizationGradients(dy, operands, attributes);
          return [gradients.dx, tf.sum(gradients.gamma, 0), tf.sum(gradients.beta, 0)];
        },
      };
    })(x, gamma, beta);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), groups: this.groups, epsilon: this.epsilon };
  }
}
