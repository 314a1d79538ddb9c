import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import {
  numberFormat,
  quantizeScaled,
  quantizerOperations,
  sawbRange,
  scaledQuantizer,
  uint4,
  withReadScales,
  type NumberFormat,
  type ScaledCast,
} from '@dpquant/quantization';
import { fillGaussian, philoxKeyFromSeed, SeededRandom, uniformInteger } from '@dpquant/random';
import { startWasm } from '../../testing/startWasm.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

const format = (name: string) => numberFormat(name) as NumberFormat;
const casts: ScaledCast[] = [
  { format: format('luq-fp4'), rounding: 'stochastic' },
  { format: format('int4'), rounding: 'nearest-even', range: sawbRange },
  { format: format('int4'), rounding: 'stochastic', range: sawbRange },
  { format: format('int4'), rounding: 'nearest-even' },
  { format: format('int4'), rounding: 'nearest-even', range: sawbRange, nonNegativeFormat: uint4 },
  { format: format('int4'), rounding: 'stochastic', nonNegativeFormat: uint4 },
  { format: format('int8'), rounding: 'nearest-even' },
  { format: format('int8'), rounding: 'stochastic' },
];
const nameOf = ({ format: { name }, nonNegativeFormat, rounding, range }: ScaledCast) =>
  `${name} ${nonNegativeFormat ? `or ${nonNegativeFormat.name} ` : ''}${rounding}${range === sawbRange ? ' SAWB' : ''}`;
const random = new SeededRandom(1, 'quantizers');

/** Every kind of value: ordinary, exact codes, zeros of both signs, subnormal, far apart. */
function valuesOf(kind: string, size: number): Float32Array {
  const values = new Float32Array(size);
  fillGaussian(random, values);
  const powers = [0, -0, 1, -1, 2, 4, 8, 16, 32, 64, -64, 0.5, 1.5, 3, 63.999996, 1e-30];
  if (kind === 'codes') return values.map(() => powers[uniformInteger(random, powers.length)]!);
  if (kind === 'far apart') return values.map((x) => x * 10 ** (uniformInteger(random, 60) - 30));
  if (kind === 'tiny') return values.map((x) => x * 1e-38);
  if (kind === 'huge') return values.map((x) => Math.sign(x) * 3e38 * Math.min(1, Math.abs(x)));
  if (kind === 'zeros') return values.fill(0);
  if (kind === 'rectified') return values.map((x) => Math.max(-0, x));
  // The last value of one example in five.
  if (kind === 'nearly rectified')
    return values.map((x, i) => (i + 1 < size ? Math.abs(x) : -x * x));
  if (kind.startsWith('halves')) {
    // Ties, in groups of any size: the largest code represents the largest value, which comes
    // often.
    const largest = Number(kind.split(' ').at(-1));
    const all = values.map((_, i) =>
      i % 3 === 0 ? -largest : uniformInteger(random, 4 * largest + 1) / 2 - largest,
    );
    return kind.includes('magnitudes') ? all.map(Math.abs) : all;
  }
  return values;
}

const bits = (values: Float32Array) => [...new Int32Array(values.slice().buffer)];

const kinds = [
  ...['ordinary', 'codes', 'far apart', 'tiny', 'huge', 'zeros'],
  ...['halves up to 7', 'halves up to 127', 'halves of magnitudes up to 15'],
  ...['rectified', 'nearly rectified'],
];
const sizes = [1, 2, 3, 4, 5, 15, 16, 17, 31, 33, 100, 1000];

describe.each(casts.map((cast) => ({ name: nameOf(cast), cast })))('$name', ({ cast }) => {
  it.each(kinds)(
    "of %s values equals the reference's codes and scales, to the bit",
    async (kind) => {
      const count = 5;
      const keys = {
        rows: Uint32Array.of(0, 7, 0xffffffff, 12345, 3),
        views: Uint32Array.of(0, 1, 65535, 2, 9),
      };
      for (const size of sizes) {
        const values = valuesOf(kind, size * count);
        const rounding = { key: philoxKeyFromSeed(size), step: 4_000_000_000, draw: 3 };
        const x = tf.tensor2d(values, [count, size]);
        const before = tf.memory().numTensors;
        for (const granularity of ['example', 'tensor'] as const) {
          const isExample = granularity === 'example';
          const groups = isExample ? { count, size } : { count: 1, size: size * count };
          const expected = quantizeScaled(
            values,
            { ...groups, interleaved: false },
            cast,
            rounding,
            isExample ? keys : undefined,
          );
          const quantizer = scaledQuantizer({ ...cast, granularity });
          const found = quantizer.quantize(x, rounding, isExample ? keys : undefined);
          expect(bits(found.codes.dataSync<'float32'>())).toEqual(bits(expected.codes));
          const { scales } = await withReadScales(found);
          expect([...scales!]).toEqual([...expected.scales]);
          found.codes.dispose();
        }
        expect(tf.memory().numTensors).toBe(before);
        x.dispose();
      }
    },
  );

  it('leaves out an example that is not finite, and no other', async () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      for (const place of [0, 18, 35]) {
        const values = valuesOf('ordinary', 36 * 3);
        values[36 + place] = bad;
        const keys = { rows: Uint32Array.of(1, 2, 3), views: new Uint32Array(3) };
        const rounding = { key: philoxKeyFromSeed(2), step: 1, draw: 0 };
        const groups = { count: 3, size: 36, interleaved: false };
        const expected = quantizeScaled(values, groups, cast, rounding, keys);
        const quantizer = scaledQuantizer({ ...cast, granularity: 'example' });
        const found = quantizer.quantize(tf.tensor2d(values, [3, 36]), rounding, keys);
        expect(bits(found.codes.dataSync<'float32'>())).toEqual(bits(expected.codes));
        const { scales } = await withReadScales(found);
        expect([...scales!]).toEqual([...expected.scales]);
        expect(scales![1]).toBeNaN();
      }
    }
  });

  it('is quantized by a kernel', () => {
    const x = tf.ones([4, 4]);
    const runKernel = jest.spyOn(tf.engine(), 'runKernel');
    const quantizer = scaledQuantizer({ ...cast, granularity: 'tensor' });
    quantizer.quantize(x, { key: philoxKeyFromSeed(1), step: 0, draw: 0 });
    const names = runKernel.mock.calls.map(([kernel]) => kernel);
    runKernel.mockRestore();
    const isLuq = cast.format.name === 'luq-fp4';
    expect(names).toEqual([
      isLuq ? quantizerOperations.luqFp4.name : quantizerOperations.integers.name,
    ]);
  });
});

it('sums magnitudes of SAWB beyond 32 bits per lane', async () => {
  // 32767 and 20001 units of 2⁻¹⁴: each lane would sum 4.6·10⁹.
  const values = new Float32Array(700_003).map((_, i) => (i % 2 === 0 ? 32767 : -20001) / 16384);
  const cast = { format: format('int4'), rounding: 'nearest-even', range: sawbRange } as const;
  const groups = { count: 1, size: values.length, interleaved: false };
  const expected = quantizeScaled(values, groups, cast);
  expect(expected.scales[0]).toBeLessThan(1.9 / 7);
  const found = scaledQuantizer({ ...cast, granularity: 'tensor' }).quantize(tf.tensor1d(values), {
    key: [0, 0],
    step: 0,
    draw: 0,
  });
  const { scales } = await withReadScales(found);
  expect(scales).toEqual(expected.scales);
  found.codes.dispose();
});
