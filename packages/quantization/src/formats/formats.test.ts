import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SeededRandom, uniform } from '@dpquant/random';
import { isBlockFormat } from './blockFormat.ts';
import { builtInFormats, luqFp4, mxInt8Element, uint4 } from './builtInFormats.ts';
import { e8m0 } from './e8m0.ts';
import { floatFormat } from './floatFormat.ts';
import {
  codeToHex,
  formatValues,
  roundingModes,
  smallestPositive,
  type CastOptions,
  type NumberFormat,
  type RoundingMode,
} from './numberFormat.ts';
import { formatNames, numberFormat, registerFormat } from './registry.ts';

const formats = [...builtInFormats, mxInt8Element];
const byName = (name: string) => numberFormat(name) as NumberFormat;
const hex = (name: string, x: number, options?: CastOptions) =>
  codeToHex(byName(name), byName(name).encode(x, options));

/** The float64 numbers next to a positive one. */
function neighbours(x: number): [below: number, above: number] {
  const view = new Float64Array([x]);
  const words = new BigInt64Array(view.buffer);
  words[0]! -= 1n;
  const below = view[0]!;
  words[0]! += 2n;
  return [below, view[0]!];
}

describe.each(formats.map((format) => [format.name, format] as const))('%s', (_, format) => {
  const values = formatValues(format);
  const smallest = smallestPositive(format);
  const finite = values.filter(({ value }) => Number.isFinite(value));
  /** Positive values ascending, from zero; codes in the same order, but for signs. */
  const positive = finite.filter(({ value }) => value >= 0 && !Object.is(value, -0));

  it('returns every code unchanged', () => {
    expect(values.length).toBeGreaterThanOrEqual(2 ** format.bits - 1);
    // One assertion for many cases: there are formats with 65,536 codes.
    const lost = values.filter(({ code, value }) =>
      Number.isNaN(value)
        ? !Number.isNaN(format.decode(format.encode(value)))
        : format.encode(value, { saturate: false }) !== code,
    );
    expect(lost).toEqual([]);
  });

  it('is symmetric, with the stated limits', () => {
    const all = new Set(finite.map(({ value }) => value));
    expect([...all].filter((value) => !all.has(-value))).toEqual([]);
    expect(Math.max(...all)).toBe(format.max);
    expect(positive[1]!.value).toBe(smallest);
    const { integerStep } = format;
    if (integerStep === undefined) return;
    const isInteger = (x: number) => Number.isInteger(x) && Math.abs(x) <= 127;
    expect([...all].filter((value) => !isInteger(value / integerStep))).toEqual([]);
  });

  it('rounds every tie and its neighbours correctly, in every mode and with either sign', () => {
    const cast = (x: number, rounding: RoundingMode) =>
      format.decode(format.encode(x, { rounding, word: 0 }));
    const wrong: unknown[] = [];
    for (let i = 0; i + 1 < positive.length; i++) {
      const [low, high] = [positive[i]!, positive[i + 1]!];
      const tie = (low.value + high.value) / 2;
      const [below, above] = neighbours(tie);
      const even = low.code % 2 === 0 ? low.value : high.value;
      const outcomes = [
        [cast(tie, 'nearest-even'), even],
        [cast(below, 'nearest-even'), low.value],
        [cast(above, 'nearest-even'), high.value],
        [cast(tie, 'nearest-away'), high.value],
        [cast(below, 'nearest-away'), low.value],
        [cast(above, 'nearest-away'), high.value],
        [cast(above, 'toward-zero'), low.value],
        [cast(-tie, 'nearest-even'), -even],
        [cast(-below, 'nearest-away'), -low.value],
        [cast(-above, 'nearest-away'), -high.value],
        [cast(-above, 'toward-zero'), -low.value],
      ] as const;
      // Plus zero: a cast to zero may keep its sign.
      if (outcomes.some(([actual, expected]) => actual + 0 !== expected + 0)) {
        wrong.push({ tie, outcomes });
      }
    }
    expect(wrong).toEqual([]);
  });

  it('saturates, or overflows if it has codes for that', () => {
    const beyond = format.max * 4;
    for (const x of [beyond, Infinity]) {
      expect(format.decode(format.encode(x))).toBe(format.max);
      expect(format.decode(format.encode(-x))).toBe(-format.max);
    }
    expect(format.decode(format.encode(beyond, { saturate: false, rounding: 'toward-zero' }))).toBe(
      format.max,
    );
    const special = values.filter(({ value }) => !Number.isFinite(value));
    if (special.length === 0) {
      expect(() => format.encode(beyond, { saturate: false })).toThrow(/no code for an overflow/);
      expect(() => format.encode(NaN)).toThrow(/no code for NaN/);
    } else {
      const infinite = special.some(({ value }) => value === Infinity);
      expect(format.decode(format.encode(beyond, { saturate: false }))).toBe(
        infinite ? Infinity : NaN,
      );
      expect(format.decode(format.encode(-Infinity, { saturate: false }))).toBe(
        infinite ? -Infinity : NaN,
      );
    }
  });

  it('needs random bits to round stochastically, and codes of its width to decode', () => {
    expect(() => format.encode(1, { rounding: 'stochastic' })).toThrow(/random bits/);
    for (const code of [-1, 0.5, 2 ** format.bits, NaN]) {
      expect(() => format.decode(code)).toThrow(RangeError);
    }
  });

  it('rounds stochastically without bias: mean and share of round-ups over evenly spaced words', () => {
    const words = 4096;
    const points = [positive[0]!, positive[1]!, positive.at(-2)!];
    for (let i = 2; i < positive.length - 2; i += Math.ceil(positive.length / 12)) {
      points.push(positive[i]!);
    }
    for (const low of points) {
      const high = positive[positive.indexOf(low) + 1]!;
      for (const share of [0, 1 / 64, 0.3, 0.5, 0.77, 63 / 64]) {
        // A float32, as tensors hold them.
        const x = Math.fround(low.value + share * (high.value - low.value));
        const exactShare = (x - low.value) / (high.value - low.value);
        for (const sign of [1, -1]) {
          let ups = 0;
          let downs = 0;
          let sum = 0;
          for (let i = 0; i < words; i++) {
            const word = ((i + 0.5) * 2 ** 32) / words;
            const value = format.decode(format.encode(sign * x, { rounding: 'stochastic', word }));
            if (value * sign === high.value) ups++;
            if (value * sign === low.value) downs++;
            sum += value;
          }
          expect(ups + downs).toBe(words);
          // Evenly spaced words reproduce a probability to within one word.
          expect(Math.abs(ups / words - exactShare)).toBeLessThanOrEqual(1 / words);
          expect(Math.abs(sum / words - sign * x)).toBeLessThanOrEqual(
            (high.value - low.value) / words,
          );
        }
      }
    }
  });

  it('rounds stochastically without bias with independent random words', () => {
    const random = new SeededRandom(7, 'test');
    const draws = 20_000;
    for (const at of [0, Math.floor(positive.length / 2), positive.length - 2]) {
      const [low, high] = [positive[at]!.value, positive[at + 1]!.value];
      const x = Math.fround(low + (0.1 + 0.8 * uniform(random)) * (high - low));
      const share = (x - low) / (high - low);
      let ups = 0;
      for (let i = 0; i < draws; i++) {
        const code = format.encode(x, { rounding: 'stochastic', word: random.uint32() });
        if (format.decode(code) === high) ups++;
      }
      // Five standard errors.
      expect(Math.abs(ups / draws - share)).toBeLessThan(
        5 * Math.sqrt((share * (1 - share)) / draws),
      );
    }
  });

  it('gives the same rounded values by its fast path', () => {
    const random = new SeededRandom(5, 'test');
    const wrong: unknown[] = [];
    for (let i = 0; i < 20_000; i++) {
      // Many binades, from far below the smallest value to beyond the largest.
      const range = Math.log2(format.max / smallest) + 4;
      const x = Math.fround((smallest / 4) * 2 ** (uniform(random) * range));
      const word = random.uint32();
      for (const rounding of roundingModes) {
        const short = format.roundMagnitude!(x, rounding, word);
        const long = format.decode(format.encode(x, { rounding, word }));
        if (short !== long) wrong.push({ x, word, rounding, short, long });
      }
    }
    expect(format.roundMagnitude!(Infinity, 'nearest-even', 0)).toBe(format.max);
    expect(wrong).toEqual([]);
  });

  it('is monotone and idempotent', () => {
    const number = fc.double({ min: -1.2 * format.max, max: 1.2 * format.max, noNaN: true });
    const mode = fc.constantFrom<RoundingMode>('nearest-even', 'nearest-away', 'toward-zero');
    fc.assert(
      fc.property(number, number, mode, (x, y, rounding) => {
        const cast = (z: number) => format.decode(format.encode(z, { rounding }));
        expect(cast(Math.min(x, y))).toBeLessThanOrEqual(cast(Math.max(x, y)));
        expect(cast(cast(x))).toBe(cast(x));
      }),
    );
  });
});

describe('golden codes', () => {
  it.each([
    ['fp8-e4m3', 0.1, '1D'],
    ['fp8-e4m3', 1.0625, '38'],
    ['fp8-e4m3', 464, '7E'],
    ['fp8-e4m3', 464.01, '7F'],
    ['fp8-e4m3', 400, '7C'],
    ['fp8-e5m2', 1.375, '3E'],
    ['fp8-e5m2', 61439, '7B'],
    ['fp8-e5m2', 61440, '7C'],
    ['bf16', 1.01171875, '3F82'],
    ['fp16', 65519, '7BFF'],
    ['fp16', 65520, '7C00'],
  ] as const)('%s, not saturating: %p → %s', (name, x, code) => {
    expect(hex(name, x, { saturate: false })).toBe(code);
  });

  it.each([
    ['fp6-e2m3', 0.0625, '00'],
    ['fp6-e2m3', 1.1875, '0A'],
    ['fp6-e3m2', 0.09375, '02'],
    ['fp4-e2m1', 0.25, '0'],
    ['fp4-e2m1', 0.75, '2'],
    ['fp4-e2m1', 1.25, '2'],
    ['fp4-e2m1', 1.75, '4'],
    ['fp4-e2m1', 2.5, '4'],
    ['fp4-e2m1', 3.5, '6'],
    ['fp4-e2m1', 5, '6'],
    ['fp4-e2m1', 5.01, '7'],
    ['int4', -7, '9'],
    ['int8', -1, 'FF'],
    ['luq-fp4', 64, '7'],
    ['luq-fp4', -1, '9'],
  ] as const)('%s: %p → %s', (name, x, code) => {
    expect(hex(name, x)).toBe(code);
  });

  it.each([
    ['fp8-e4m3', 448, 2 ** -9],
    ['fp8-e5m2', 57344, 2 ** -16],
    ['fp6-e2m3', 7.5, 0.125],
    ['fp6-e3m2', 28, 0.0625],
    ['fp4-e2m1', 6, 0.5],
    ['luq-fp4', 64, 1],
    ['int8', 127, 1],
    ['int4', 7, 1],
    ['fp16', 65504, 2 ** -24],
    ['bf16', 255 * 2 ** 120, 2 ** -133],
  ] as const)('%s has the range from %p down to %p', (name, max, smallest) => {
    expect(byName(name).max).toBe(max);
    expect(smallestPositive(byName(name))).toBe(smallest);
  });

  it('ties away from zero differ: E4M3 of 400 is 416', () => {
    expect(byName('fp8-e4m3').decode(byName('fp8-e4m3').encode(400))).toBe(384);
    const away = byName('fp8-e4m3').encode(400, { rounding: 'nearest-away' });
    expect(byName('fp8-e4m3').decode(away)).toBe(416);
  });
});

describe('luq-fp4', () => {
  it('has fifteen values', () => {
    const positive = [1, 2, 4, 8, 16, 32, 64];
    const values = new Set(formatValues(luqFp4).map(({ value }) => value));
    expect([...values].sort((a, b) => a - b)).toEqual([
      ...positive.map((value) => -value).reverse(),
      0,
      ...positive,
    ]);
  });

  it('rounds up exactly when 23 random bits carry out of the float32 mantissa', () => {
    const float = new Float32Array(1);
    const bits = new Int32Array(float.buffer);
    const random = new SeededRandom(3, 'test');
    const different: unknown[] = [];
    for (let i = 0; i < 100_000; i++) {
      const x = Math.fround(uniform(random) * 64);
      const word = random.uint32();
      const cast = luqFp4.decode(luqFp4.encode(x, { rounding: 'stochastic', word }));
      float[0] = x;
      bits[0] = (bits[0]! + (word >>> 9)) & 0xff800000;
      const expected = x < 1 ? (word >>> 8 < x * 2 ** 24 ? 1 : 0) : float[0];
      if (cast !== expected) different.push({ x, word, cast, expected });
    }
    expect(different).toEqual([]);
  });

  it.each([0.01, 0.3, 0.999, 1.25, 3, 5.7, 31, 33, 63.9, -0.4, -2.5])(
    'has the variance (|x| − lo)(hi − |x|) at %p',
    (x) => {
      const words = 4096;
      const magnitude = Math.abs(x);
      const low = magnitude < 1 ? 0 : 2 ** Math.floor(Math.log2(magnitude));
      const high = magnitude < 1 ? 1 : 2 * low;
      let squares = 0;
      for (let i = 0; i < words; i++) {
        const word = ((i + 0.5) * 2 ** 32) / words;
        squares += luqFp4.decode(luqFp4.encode(x, { rounding: 'stochastic', word })) ** 2;
      }
      const variance = squares / words - x * x;
      expect(Math.abs(variance - (magnitude - low) * (high - magnitude))).toBeLessThanOrEqual(
        (high * high) / words,
      );
    },
  );
});

describe('uint4', () => {
  it('has sixteen values from 0, and none below', () => {
    expect(formatValues(uint4).map(({ value }) => value)).toEqual(
      Array.from({ length: 16 }, (_, i) => i),
    );
    expect([-3, -0.4, 0, 2.5, 3.5, 14.6, 99].map((x) => uint4.encode(x))).toEqual([
      0, 0, 0, 2, 4, 15, 15,
    ]);
    expect(uint4.encode(-0.4, { saturate: false })).toBe(0);
    expect(() => uint4.encode(-1, { saturate: false })).toThrow(
      'below 0, and the format has no sign',
    );
    expect(() => uint4.encode(16, { saturate: false })).toThrow('beyond 15');
  });
});

describe('e8m0', () => {
  it('gives every code back and has powers of two only', () => {
    for (const { code, value } of formatValues(e8m0)) expect(e8m0.encode(value)).toBe(code);
    expect(e8m0.decode(0)).toBe(2 ** -127);
    expect(e8m0.decode(254)).toBe(2 ** 127);
    expect(e8m0.decode(255)).toBeNaN();
    for (const x of [3, 0, -1, 2 ** 128, Infinity]) {
      expect(() => e8m0.encode(x)).toThrow(/power of two/);
    }
  });
});

describe('registry', () => {
  it('knows formats by name and lists them for an unknown one', () => {
    for (const name of formatNames()) expect(numberFormat(name).name).toBe(name);
    expect(formatNames().filter((name) => isBlockFormat(numberFormat(name)))).toHaveLength(7);
    expect(() => numberFormat('fp3')).toThrow(/expected one of luq-fp4, int8, .*, got "fp3"/);
  });

  it('registers a custom format once, and refuses an invalid one', () => {
    const mine = floatFormat({
      name: 'fp5-e2m2',
      exponentBits: 2,
      mantissaBits: 2,
      bias: 1,
      specials: 'none',
    });
    registerFormat(mine);
    expect(numberFormat('fp5-e2m2')).toBe(mine);
    expect(mine.max).toBe(7);
    expect(() => registerFormat(mine)).toThrow(/taken/);
    expect(() => registerFormat({ ...mine, name: 'wide', bits: 17 })).toThrow(/1 to 16 bits/);
    expect(() => registerFormat({ ...mine, name: 'odd', max: 0 })).toThrow(/positive max/);
    expect(() =>
      registerFormat({ name: 'blocks', element: mine, blockSize: 0, scale: 'e8m0' }),
    ).toThrow(/blockSize/);
  });
});
