import { afterAll, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { findInexactSums, GroupNormalization, softmaxCrossEntropy } from '@dpquant/gradients';
import { layerArithmetic } from '@dpquant/quantization';
import { fillGaussian, SeededRandom } from '@dpquant/random';
import { startBackend, stopBackends } from './index.ts';

afterAll(stopBackends);

/** Layers with several kernels, of sizes that are no multiples of a tile. */
function layers(): tfl.LayersModel {
  const kernelInitializer = tfl.initializers.heNormal({ seed: 1 });
  return tfl.sequential({
    layers: [
      tfl.layers.conv2d({
        ...{ inputShape: [9, 9, 2], filters: 6, kernelSize: 3, padding: 'same' },
        ...{ activation: 'relu', kernelInitializer },
      }),
      new GroupNormalization({ groups: 3 }),
      tfl.layers.maxPooling2d({ poolSize: 2 }),
      tfl.layers.depthwiseConv2d({ kernelSize: 2, depthwiseInitializer: kernelInitializer }),
      tfl.layers.flatten(),
      tfl.layers.dense({ units: 13, activation: 'tanh', kernelInitializer }),
      tfl.layers.dense({ units: 3, kernelInitializer }),
    ],
  });
}

it.each(['float32', 'luq-fp4', 'int8', 'fp16'])('sums on WASM are exact in %s', async (format) => {
  await startBackend('wasm');
  const model = layers();
  const count = 8;
  const values = new Float32Array(count * 162);
  fillGaussian(new SeededRandom(2, 'examples'), values);
  const examples = {
    inputs: tf.tensor(values, [count, 9, 9, 2]),
    targets: tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1]),
    mask: new Float32Array(count).fill(1),
    keys: { rows: Uint32Array.from({ length: count }, (_, i) => i), views: new Uint32Array(count) },
  };
  for (const [rowsPerUnit, unitsInBatch] of [
    [1, 23],
    [2, 9],
  ] as const) {
    const found = await findInexactSums(model, examples, {
      ...{ loss: softmaxCrossEntropy, scope: 'gradient', rowsPerUnit, unitsInBatch },
      arithmetic: () => layerArithmetic(format),
    });
    expect(found).toBeNull();
  }
});
