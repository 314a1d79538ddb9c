import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { ExampleWords } from '@dpquant/quantization';
import type { LayerPass } from './layerPass.ts';
import type { LayerRule } from './layerRule.ts';

/**
 * Independent uniform numbers in (0, 1). Those of an example do not depend on the rest of the
 * batch.
 *
 * @param columns how many numbers each example gets
 */
function uniforms(pass: LayerPass, layer: string, columns: number): Float32Array {
  const { examples } = pass;
  const words = new ExampleWords({ ...pass.noise(layer), draw: 0 });
  const values = new Float32Array(examples.rows.length * columns);
  examples.rows.forEach((_, example) => {
    words.startExample(examples, example);
    for (let i = 0; i < columns; i++) {
      values[example * columns + i] = ((words.at(i) >>> 9) + 0.5) * 2 ** -23;
    }
  });
  return values;
}

/** Standard normal numbers (Box-Muller), [n, …]: noise for regularization, not for privacy. */
function normals(pass: LayerPass, layer: string, shape: readonly number[]): tf.Tensor {
  const count = tf.util.sizeFromShape(shape.slice(1));
  const pairs = uniforms(pass, layer, 2 * count);
  const values = Float32Array.from({ length: pairs.length / 2 }, (_, i) => {
    const radius = Math.sqrt(-2 * Math.log(pairs[2 * i]!));
    return radius * Math.cos(2 * Math.PI * pairs[2 * i + 1]!);
  });
  return tf.tensor(values, [...shape]);
}

/** 0 with probability `rate`, else 1 / (1 − rate). */
function dropoutMask(pass: LayerPass, layer: string, shape: number[], rate: number): tf.Tensor {
  const count = tf.util.sizeFromShape(shape.slice(1));
  const mask = uniforms(pass, layer, count).map((u) => (u < rate ? 0 : 1 / (1 - rate)));
  return tf.tensor(mask, shape);
}

interface RateLayer extends tfl.layers.Layer {
  readonly rate: number;
  readonly noiseShape?: number[] | null;
}

const dropoutRule: LayerRule = {
  className: 'Dropout',
  isRandom: true,
  call: (layer, x, pass) =>
    tf.mul(x, dropoutMask(pass, layer.name, x.shape, (layer as RateLayer).rate)),
  problem: (layer) =>
    (layer as RateLayer).noiseShape
      ? 'its noise has a shape of its own; leave noiseShape out'
      : null,
};

const spatialDropout1dRule: LayerRule = {
  className: 'SpatialDropout1D',
  isRandom: true,
  call(layer, x, pass) {
    const [n, , channels] = x.shape as [number, number, number];
    return tf.mul(x, dropoutMask(pass, layer.name, [n, 1, channels], (layer as RateLayer).rate));
  },
};

const gaussianNoiseRule: LayerRule = {
  className: 'GaussianNoise',
  isRandom: true,
  call(layer, x, pass) {
    const { stddev } = layer as tfl.layers.Layer & { stddev: number };
    return tf.add(x, tf.mul(normals(pass, layer.name, x.shape), stddev));
  },
};

const gaussianDropoutRule: LayerRule = {
  className: 'GaussianDropout',
  isRandom: true,
  call(layer, x, pass) {
    const { rate } = layer as RateLayer;
    const deviation = Math.sqrt(rate / (1 - rate));
    return tf.mul(x, tf.add(1, tf.mul(normals(pass, layer.name, x.shape), deviation)));
  },
};

/**
 * Rules of layers that draw random numbers, which are keyed by example and not by batch position.
 */
export const randomLayerRules: readonly LayerRule[] = [
  dropoutRule,
  spatialDropout1dRule,
  gaussianNoiseRule,
  gaussianDropoutRule,
];
