import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import {
  numberFormat,
  quantizerOperations,
  quantizeScaled,
  sawbRange,
  scaledQuantizer,
  uint4,
  withReadScales,
  type NumberFormat,
  type ScaledCast,
} from '@dpquant/quantization';
import { philoxKeyFromSeed } from '@dpquant/random';
import { describeOnWebGpu } from '../../testing/describeOnWebGpu.ts';
import {
  adversarialKinds,
  quantizedBesideNotFinite,
  quantizedDifferences,
} from '../../testing/quantizersOnWebGpu.ts';
import { startWebGpu } from '../../testing/startWebGpu.ts';

// The first run compiles shaders.

const format = (name: string) => numberFormat(name) as NumberFormat;
const casts: ScaledCast[] = [
  { format: format('int4'), rounding: 'nearest-even', range: sawbRange },
  { format: format('int4'), rounding: 'stochastic', range: sawbRange },
  { format: format('int4'), rounding: 'nearest-even' },
  { format: format('int4'), rounding: 'stochastic' },
  { format: format('int4'), rounding: 'nearest-even', range: sawbRange, nonNegativeFormat: uint4 },
  { format: format('int4'), rounding: 'stochastic', nonNegativeFormat: uint4 },
  { format: format('int8'), rounding: 'nearest-even' },
  { format: format('int8'), rounding: 'stochastic' },
];
const nameOf = ({ format: { name }, nonNegativeFormat, rounding, range }: ScaledCast) =>
  `${name} ${nonNegativeFormat ? `or ${nonNegativeFormat.name} ` : ''}${rounding}${range === sawbRange ? ' SAWB' : ''}`;

describeOnWebGpu('QuantizeIntegers on WebGPU', () => {
  beforeAll(startWebGpu);
  afterAll(() => tf.setBackend('cpu'));

  describe.each(casts.map((cast) => ({ name: nameOf(cast), cast })))('$name', ({ cast }) => {
    it.each(Object.keys(adversarialKinds))(
      'values %s have the reference’s codes and scales, to the bit',
      async (kind) => {
        for (const size of [1, 3, 4, 5, 100, 1025, 5000]) {
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
      expect(names).toEqual([quantizerOperations.integers.name]);
    });
  });

  it('sums magnitudes of SAWB beyond 32 bits', async () => {
    // 32767 and 20001 units of 2⁻¹⁴.
    const values = new Float32Array(300_003).map((_, i) => (i % 2 === 0 ? 32767 : -20001) / 16384);
    const cast = { format: format('int4'), rounding: 'nearest-even', range: sawbRange } as const;
    const groups = { count: 1, size: values.length, interleaved: false };
    const expected = quantizeScaled(values, groups, cast);
    expect(expected.scales[0]).toBeLessThan(1.9 / 7);
    const quantizer = scaledQuantizer({ ...cast, granularity: 'tensor' });
    const x = tf.tensor1d(values);
    const found = await withReadScales(quantizer.quantize(x, { key: [0, 0], step: 0, draw: 0 }));
    expect(found.scales).toEqual(expected.scales);
    const codes = await found.codes.data<'float32'>();
    expect(codes.every((code, i) => code === expected.codes[i])).toBe(true);
    tf.dispose([x, found.codes]);
  });

  it('finds a negative value in the last of several slabs, and none if there is none', async () => {
    const values = new Float32Array(2 * 40_000).map((_, i) => (i % 100) / 7);
    values[39_999] = -1;
    const cast = {
      format: format('int4'),
      rounding: 'nearest-even',
      nonNegativeFormat: uint4,
    } as const;
    const expected = quantizeScaled(values, { count: 2, size: 40_000, interleaved: false }, cast);
    expect([...expected.scales]).toEqual([
      Math.fround(values[99]! / 7),
      Math.fround(values[99]! / 15),
    ]);
    const keys = { rows: Uint32Array.of(1, 2), views: new Uint32Array(2) };
    const x = tf.tensor2d(values, [2, 40_000]);
    const quantizer = scaledQuantizer({ ...cast, granularity: 'example' });
    const found = await withReadScales(
      quantizer.quantize(x, { key: [0, 0], step: 0, draw: 0 }, keys),
    );
    expect(found.scales).toEqual(expected.scales);
    const codes = await found.codes.data<'float32'>();
    expect(codes.every((code, i) => code === expected.codes[i])).toBe(true);
    tf.dispose([x, found.codes]);
  });
});
