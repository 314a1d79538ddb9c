import { afterAll, beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import {
  numberFormat,
  quantizeScaled,
  scaledQuantizer,
  withReadScales,
  type NumberFormat,
} from '@dpquant/quantization';
import { philoxKeyFromSeed, SeededRandom } from '@dpquant/random';
import { describeOnWebGpu } from '../testing/describeOnWebGpu.ts';
import { normal } from '../testing/normal.ts';
import { startWebGpu } from '../testing/startWebGpu.ts';

const cast = { format: numberFormat('luq-fp4') as NumberFormat, rounding: 'stochastic' } as const;
const count = 5;
const keys = {
  rows: Uint32Array.of(0, 7, 0xffffffff, 12345, 0x89abcdef),
  views: Uint32Array.of(0, 1, 65535, 2, 40000),
};
const bits = (values: Float32Array) => [...new Int32Array(values.slice().buffer)];

/** Any float32 that is finite, all exponents alike, subnormal ones and zeros among them. */
function anyFinite(length: number, seed: number): Float32Array {
  const random = new SeededRandom(seed, 'any finite');
  const words = Uint32Array.from({ length }, () => {
    const word = random.uint32();
    return (word & 0x7f800000) === 0x7f800000 ? word & 0x80000000 : word;
  });
  return new Float32Array(words.buffer);
}

const kinds: Record<string, (length: number, seed: number) => Float32Array> = {
  ordinary: normal,
  'of any size': anyFinite,
  'near the smallest scale': (length, seed) => normal(length, seed).map((x) => x * 2 ** -119),
  'near the largest': (length, seed) => normal(length, seed).map((x) => x * 2 ** 124),
  'of codes': (length, seed) =>
    normal(length, seed).map((x) => Math.sign(x) * 2 ** (Math.round(Math.abs(x) * 20) % 7)),
  'of zero': (length) => new Float32Array(length),
};

describeOnWebGpu('QuantizeLuqFp4 on WebGPU', () => {
  beforeAll(startWebGpu);
  afterAll(() => tf.setBackend('cpu'));

  it.each(Object.keys(kinds))(
    'values %s have the reference’s codes and scales, to the bit',
    async (kind) => {
      for (const size of [1, 2, 3, 4, 5, 1023, 1024, 1025, 5000]) {
        const values = kinds[kind]!(size * count, size);
        const rounding = { key: philoxKeyFromSeed(size), step: 4_000_000_000, draw: 3 };
        const x = tf.tensor2d(values, [count, size]);
        const before = tf.memory().numTensors;
        const found = { codes: [] as number[], scales: [] as number[] };
        const expected = { codes: [] as number[], scales: [] as number[] };
        for (const granularity of ['example', 'tensor'] as const) {
          const isExample = granularity === 'example';
          const examples = isExample ? keys : undefined;
          const groups = isExample ? { count, size } : { count: 1, size: size * count };
          const reference = quantizeScaled(
            values,
            { ...groups, interleaved: false },
            cast,
            rounding,
            examples,
          );
          const quantizer = scaledQuantizer({ ...cast, granularity });
          const operand = await withReadScales(quantizer.quantize(x, rounding, examples));
          found.codes.push(...bits(await operand.codes.data<'float32'>()));
          found.scales.push(...bits(operand.scales!));
          expected.codes.push(...bits(reference.codes));
          expected.scales.push(...bits(reference.scales));
          operand.codes.dispose();
        }
        expect(found).toEqual(expected);
        expect(tf.memory().numTensors).toBe(before);
        x.dispose();
      }
    },
  );

  it('leaves out an example that is not finite, and no other', async () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const values = normal(36 * 3, 1);
      values[36 + 18] = bad;
      const three = { rows: Uint32Array.of(1, 2, 3), views: new Uint32Array(3) };
      const rounding = { key: philoxKeyFromSeed(2), step: 1, draw: 0 };
      const groups = { count: 3, size: 36, interleaved: false };
      const expected = quantizeScaled(values, groups, cast, rounding, three);
      const quantizer = scaledQuantizer({ ...cast, granularity: 'example' });
      const found = await withReadScales(
        quantizer.quantize(tf.tensor2d(values, [3, 36]), rounding, three),
      );
      expect(bits(await found.codes.data<'float32'>())).toEqual(bits(expected.codes));
      expect([...found.scales!]).toEqual([...expected.scales]);
      expect(found.scales![1]).toBeNaN();
    }
  });
});
