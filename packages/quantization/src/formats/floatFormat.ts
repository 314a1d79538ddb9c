import { exponentOf } from './binaryExponent.ts';
import {
  requireCode,
  type CastOptions,
  type NumberFormat,
  type RoundingMode,
} from './numberFormat.ts';
import { requireWord, roundMagnitude } from './roundMagnitude.ts';

// Local names: looking up a global in every cast is slow where globals are intercepted.
const { abs, max: larger, min: smaller } = Math;

/** Parameters of a binary floating-point format. */
export interface FloatSpecification {
  readonly name: string;
  readonly description?: string;
  readonly exponentBits: number;
  readonly mantissaBits: number;
  /** The stored exponent of the value 1. */
  readonly bias: number;
  /**
   * Codes that are not numbers. `ieee`: the largest stored exponent is infinity (mantissa 0) and
   * NaN. `nan-only`: the largest code of either sign is NaN, there is no infinity. `none`: every
   * code is a number.
   */
  readonly specials: 'ieee' | 'nan-only' | 'none';
  readonly unscaled?: boolean;
  readonly integerStep?: number;
}

/** A format made by `floatFormat`. */
export type FloatFormat = NumberFormat & FloatSpecification;

const madeHere = new WeakSet<NumberFormat>();

/** Whether `floatFormat` made this very object, since a copy may round differently. */
export function isFloatFormat(format: NumberFormat): format is FloatFormat {
  return madeHere.has(format);
}

/**
 * The floating-point format of a specification: 1 sign bit, then the stored exponent, then the
 * mantissa, with subnormals where the stored exponent is 0.
 *
 * Order of roundings: |x| (float64, exact) divided by the spacing of the format's numbers at |x|, a
 * power of two, is rounded once to a whole number, as if exponents were unlimited; a result beyond
 * the largest number then saturates or overflows. Rounding toward zero never overflows. Ties of
 * `nearest-even` go to the even code. Stochastic rounding uses the carry method for normal numbers,
 * and comparison for subnormal ones (see `roundMagnitude`).
 */
export function floatFormat(specification: FloatSpecification): FloatFormat {
  const { name, exponentBits, mantissaBits, bias, specials } = specification;
  const bits = 1 + exponentBits + mantissaBits;
  const smallestExponent = 1 - bias;
  const signCode = 2 ** (bits - 1);
  const mantissaSteps = 2 ** mantissaBits;
  const infinityCode = specials === 'ieee' ? (2 ** exponentBits - 1) * mantissaSteps : null;
  const nanCode =
    infinityCode !== null
      ? infinityCode + mantissaSteps / 2
      : specials === 'nan-only'
        ? signCode - 1
        : null;
  const maxCode =
    infinityCode !== null
      ? infinityCode - 1
      : specials === 'nan-only'
        ? signCode - 2
        : signCode - 1;

  const largestExponent = Math.floor(maxCode / mantissaSteps) - 1 + smallestExponent;
  /** Spacing of the numbers from each power of two on, the smallest first; and its reciprocal. */
  const spacings = Float64Array.from(
    { length: largestExponent - smallestExponent + 1 },
    (_, i) => 2 ** (smallestExponent + i - mantissaBits),
  );
  const inverseSpacings = spacings.map((spacing) => 1 / spacing);

  /** The value of a code without its sign. */
  const magnitude = (code: number) => {
    const stored = code >> mantissaBits;
    const mantissa = code & (mantissaSteps - 1);
    return stored === 0
      ? mantissa * spacings[0]!
      : (mantissaSteps + mantissa) * spacings[stored - 1]!;
  };
  const max = magnitude(maxCode);

  /** Index of the spacing of the last number that was cast. */
  let binade = 0;
  /** Rounds a magnitude, possibly infinite, to a number of spacings. Sets `binade`. */
  const roundedSteps = (absolute: number, rounding: RoundingMode, word: number) => {
    const normal = exponentOf(absolute) - smallestExponent;
    binade = smaller(larger(normal, 0), spacings.length - 1);
    // Beyond the last power of two, every value overflows.
    const steps = smaller(absolute * inverseSpacings[binade]!, 4 * mantissaSteps);
    const odd = mantissaBits === 0 && (binade & 1) === 1;
    return roundMagnitude(steps, rounding, word, normal >= 0, odd);
  };

  const format: FloatFormat = {
    ...specification,
    bits,
    max,

    encode(x: number, options: CastOptions = {}) {
      const { rounding = 'nearest-even', saturate = true } = options;
      const word = requireWord(name, rounding, options.word);
      const sign = x < 0 || Object.is(x, -0) ? signCode : 0;
      if (x !== x) {
        if (nanCode === null) throw new RangeError(`${name}: has no code for NaN`);
        return nanCode;
      }
      const absolute = abs(x);
      // A carry into the next power of two increments the stored exponent automatically.
      const steps = roundedSteps(absolute, rounding, word);
      const code = binade * mantissaSteps + steps;
      if (code <= maxCode) return sign + code;
      if (saturate || (rounding === 'toward-zero' && absolute < Infinity)) return sign + maxCode;
      if (infinityCode !== null) return sign + infinityCode;
      if (nanCode !== null) return sign + nanCode;
      throw new RangeError(
        `${name}: ${x} is beyond ${max}, and the format has no code for an overflow; let it saturate`,
      );
    },

    decode(code: number) {
      requireCode(format, code);
      const unsigned = code & (signCode - 1);
      if (unsigned <= maxCode) return code >= signCode ? -magnitude(unsigned) : magnitude(unsigned);
      if (unsigned !== infinityCode) return NaN;
      return code >= signCode ? -Infinity : Infinity;
    },

    roundMagnitude(absolute: number, rounding: RoundingMode, word: number) {
      return smaller(roundedSteps(absolute, rounding, word) * spacings[binade]!, max);
    },
  };
  madeHere.add(format);
  return format;
}
