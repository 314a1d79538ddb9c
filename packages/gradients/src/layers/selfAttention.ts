import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { onlyInput } from '../interception.ts';
import { attend } from './attend.ts';

type LayerArguments = ConstructorParameters<typeof tfl.layers.Layer>[0];

/** Configuration of a `SelfAttention` layer. */
export interface SelfAttentionConfig extends NonNullable<LayerArguments> {
  /** Number of heads; must divide the width of the input. Default 1. */
  readonly heads?: number;
  /** Whether a position attends only to itself and to those before it. Default false. */
  readonly causal?: boolean;
  /** Whether the projections have biases. Default true. */
  readonly useBias?: boolean;
}

/** The four dense projections of an attention layer, in the order in which they run. */
const attentionProjections = ['query', 'key', 'value', 'output'] as const;
export type AttentionProjection = (typeof attentionProjections)[number];

/**
 * Multi-head self-attention over the positions of a sequence (Vaswani et al., arXiv 1706.03762),
 * with four dense projections: queries, keys, values, and the output. Positions of one example
 * attend to each other, never to those of another example.
 *
 * Input and output [n, positions, width]. Call `registerLayers()` before loading a saved model.
 */
export class SelfAttention extends tfl.layers.Layer {
  static readonly className = 'SelfAttention';
  readonly heads: number;
  readonly causal: boolean;
  readonly useBias: boolean;
  /** Kernels are [width, width], biases [width]. */
  queryKernel: tfl.LayerVariable | undefined;
  queryBias: tfl.LayerVariable | undefined;
  keyKernel: tfl.LayerVariable | undefined;
  keyBias: tfl.LayerVariable | undefined;
  valueKernel: tfl.LayerVariable | undefined;
  valueBias: tfl.LayerVariable | undefined;
  outputKernel: tfl.LayerVariable | undefined;
  outputBias: tfl.LayerVariable | undefined;

  constructor(config: SelfAttentionConfig = {}) {
    super(config);
    this.heads = config.heads ?? 1;
    this.causal = config.causal ?? false;
    this.useBias = config.useBias ?? true;
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const width = (inputShape as tfl.Shape).at(-1);
    if (inputShape.length !== 3 || typeof width !== 'number' || width % this.heads !== 0) {
      throw new RangeError(
        `SelfAttention "${this.name}": expected [n, positions, width] with a width that ${this.heads} ` +
          `heads divide, got [${inputShape.join(', ')}]`,
      );
    }
    for (const name of attentionProjections) {
      this[`${name}Kernel`] = this.addWeight(
        `${name}_kernel`,
        [width, width],
        'float32',
        tfl.initializers.glorotUniform({}),
      );
      if (!this.useBias) continue;
      const zeros = tfl.initializers.zeros();
      this[`${name}Bias`] = this.addWeight(`${name}_bias`, [width], 'float32', zeros);
    }
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() =>
      this.attendWith(onlyInput(inputs), (name, x) => {
        const [n, positions, width] = x.shape as [number, number, number];
        const kernel = this[`${name}Kernel`]!.read() as tf.Tensor2D;
        const rows = tf.matMul(tf.reshape<tf.Rank.R2>(x, [-1, width]), kernel);
        const y = tf.reshape(rows, [n, positions, width]);
        const bias = this[`${name}Bias`];
        return bias ? tf.add(y, bias.read()) : y;
      }),
    );
  }

  /** The layer's output, with projections that the caller computes. */
  attendWith(
    x: tf.Tensor,
    project: (name: AttentionProjection, x: tf.Tensor) => tf.Tensor,
  ): tf.Tensor {
    const [queries, keys, values] = [project('query', x), project('key', x), project('value', x)];
    return project('output', attend(queries, keys, values, this));
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape | tfl.Shape[] {
    return inputShape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { heads, causal, useBias } = this;
    return { ...super.getConfig(), heads, causal, useBias };
  }
}
