import * as tfl from '@tensorflow/tfjs-layers';
import { gradients } from './packages.mjs';

/** One pre-norm block of width 64 with four heads, over 64 tokens out of 1000; ten classes. */
export function transformerBlock() {
  const { layers } = tfl;
  const tokens = tfl.input({ shape: [64] });
  let x = layers.embedding({ inputDim: 1000, outputDim: 64 }).apply(tokens);
  const attended = new gradients.SelfAttention({ heads: 4 }).apply(
    layers.layerNormalization().apply(x),
  );
  x = layers.add().apply([x, attended]);
  let hidden = layers.dense({ units: 256, activation: 'relu' });
  hidden = hidden.apply(layers.layerNormalization().apply(x));
  x = layers.add().apply([x, layers.dense({ units: 64 }).apply(hidden)]);
  const pooled = layers.globalAveragePooling1d({}).apply(x);
  return tfl.model({ inputs: tokens, outputs: layers.dense({ units: 10 }).apply(pooled) });
}
