import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import {
  bf16,
  floatFormat,
  fp16,
  fp4E2M1,
  fp6E2M3,
  fp6E3M2,
  fp8E4M3,
  fp8E5M2,
  quantizerOperations,
  scaledQuantizer,
  type ScaledCast,
} from '@dpquant/quantization';
import { philoxKeyFromSeed } from '@dpquant/random';
import { describeOnWebGpu } from '../../testing/describeOnWebGpu.ts';
import {
  adversarialKinds,
  quantizedBesideNotFinite,
  quantizedDifferences,
  tiesOf,
  type Values,
} from '../../testing/quantizersOnWebGpu.ts';
import { startWebGpu } from '../../testing/startWebGpu.ts';

/** A format of one's own: 9 bits, with subnormal numbers far below 1. */
const fp9E5M3 = floatFormat({
  name: 'fp9-e5m3',
  exponentBits: 5,
  mantissaBits: 3,
  bias: 24,
  specials: 'none',
});
const formats = [fp8E4M3, fp8E5M2, fp6E2M3, fp6E3M2, fp4E2M1, bf16, fp16, fp9E5M3];
const casts = formats.flatMap((format) =>
  (['nearest-even', 'stochastic'] as const).map((rounding) => ({
    name: `${format.name} ${rounding}`,
    cast: { format, rounding } satisfies ScaledCast,
  })),
);

describeOnWebGpu('QuantizeFloats on WebGPU', () => {
  beforeAll(startWebGpu);
  afterAll(() => tf.setBackend('cpu'));

  describe.each(casts)('$name', ({ cast }) => {
    const kinds: Record<string, Values> = {
      ...adversarialKinds,
      'between two codes': tiesOf(cast.format),
    };

    it.each(Object.keys(kinds))(
      'values %s have the reference’s codes and scales, to the bit',
      async (kind) => {
        for (const size of [1, 5, 1027]) {
          const { numTensors, numDataBuffers } = tf.memory();
          const found = await quantizedDifferences(cast, kinds[kind]!, size);
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

    it('is quantized by a kernel', () => {
      const x = tf.ones([4, 4]);
      const runKernel = jest.spyOn(tf.engine(), 'runKernel');
      const quantizer = scaledQuantizer({ ...cast, granularity: 'tensor' });
      const { codes, scales } = quantizer.quantize(x, {
        key: philoxKeyFromSeed(1),
        step: 0,
        draw: 0,
      });
      const names = runKernel.mock.calls.map(([kernel]) => kernel);
      runKernel.mockRestore();
      tf.dispose([x, codes, scales as tf.Tensor]);
      expect(names).toEqual([quantizerOperations.floats.name]);
    });
  });
});
