import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { flatClipping } from '../../mechanisms/src/clipping.ts';
import { layerArithmetic } from '@dpquant/quantization';
import { philoxKeyFromSeed } from '@dpquant/random';
import { contribute } from './contribute.ts';
import { softmaxCrossEntropy } from './losses.ts';
import { microbatchClippedSum, microbatchGradients } from './microbatchGradients.ts';
import { everyLayerModel, randomBatch } from './testing/models.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});
const rounding = { key: philoxKeyFromSeed(1), step: 3 };

describe.each(['float32', 'luq-fp4'])('contribute in %s', (format) => {
  it('equals one example at a time', async () => {
    const model = everyLayerModel();
    const batch = randomBatch(5, [7, 6, 2], 3);
    const options = {
      loss: softmaxCrossEntropy,
      arithmetic: () => layerArithmetic(format),
      rounding,
    };
    const oracle = microbatchGradients(model, batch, options);
    const c = await contribute(model, batch, { ...options, clipping: flatClipping(1) });
    console.log(
      c.unsafe.norms,
      oracle.norms,
      c.unsafe.norms.map((v, i) => v / oracle.norms[i]! - 1),
    );
    const sum = microbatchClippedSum(oracle, 1);
    for (const [name, t] of c.sums) {
      const a = t.dataSync(),
        b = sum.get(name)!;
      let e = 0,
        m = 0;
      b.forEach((v, i) => {
        e += (v - a[i]!) ** 2;
        m += v * v;
      });
      console.log(name, Math.sqrt(e / m), Math.sqrt(m));
    }
  });
});
