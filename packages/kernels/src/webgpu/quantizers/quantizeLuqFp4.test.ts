import { afterAll, beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { numberFormat, type NumberFormat } from '@dpquant/quantization';
import { describeOnWebGpu } from '../../testing/describeOnWebGpu.ts';
import {
  adversarialKinds,
  quantizedBesideNotFinite,
  quantizedDifferences,
} from '../../testing/quantizersOnWebGpu.ts';
import { startWebGpu } from '../../testing/startWebGpu.ts';

const cast = { format: numberFormat('luq-fp4') as NumberFormat, rounding: 'stochastic' } as const;

describeOnWebGpu('QuantizeLuqFp4 on WebGPU', () => {
  beforeAll(startWebGpu);
  afterAll(() => tf.setBackend('cpu'));

  it.each(Object.keys(adversarialKinds))(
    'values %s have the reference’s codes and scales, to the bit',
    async (kind) => {
      for (const size of [1, 2, 3, 4, 5, 1023, 1024, 1025, 5000]) {
        const { numTensors, numDataBuffers } = tf.memory();
        const found = await quantizedDifferences(cast, adversarialKinds[kind]!, size);
        expect(found).toEqual({ codes: [], scales: [] });
        expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
      }
    },
  );

  it('leaves out an example that is not finite, and no other', async () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const { found, expected } = await quantizedBesideNotFinite(cast, bad);
      expect(found).toEqual(expected);
      expect(found.scales[1]).toBeNaN();
    }
  });
});
