import {
  noSuchCode,
  requireCode,
  type CastOptions,
  type NumberFormat,
  type RoundingMode,
} from './numberFormat.ts';
import { requireWord, roundMagnitude } from './roundMagnitude.ts';

// Local names: looking up a global in every cast is slow where globals are intercepted.
const { abs, min } = Math;

/** Parameters of an integer format. */
export interface IntegerSpecification {
  readonly name: string;
  readonly description?: string;
  readonly bits: number;
  /** Distance between neighbouring values. Default 1. */
  readonly step?: number;
  /**
   * Whether there are no negative values, so that the sign bit is part of the magnitude. Default
   * false.
   */
  readonly isUnsigned?: boolean;
}

/**
 * Two's complement integers times a step, from −(2^(bits−1) − 1) to 2^(bits−1) − 1: the code of
 * −2^(bits−1) is not used, so that every value also has its negative. Unsigned integers go from 0
 * to 2^bits − 1; negative values saturate at 0.
 *
 * Order of roundings: |x| divided by the step is rounded once. Stochastic rounding uses comparison
 * (see `roundMagnitude`). There is neither NaN nor infinity.
 */
export function integerFormat(specification: IntegerSpecification): NumberFormat {
  const { isUnsigned = false, ...named } = specification;
  const { name, bits, step = 1 } = named;
  const largest = 2 ** (isUnsigned ? bits : bits - 1) - 1;
  const max = largest * step;

  /** A magnitude as a rounded number of steps, limited to twice the largest. */
  const roundedSteps = (absolute: number, rounding: RoundingMode, word: number) =>
    roundMagnitude(min(absolute / step, 2 * largest), rounding, word, false, false);

  const format: NumberFormat = {
    ...named,
    max,
    ...(largest <= 127 ? { integerStep: step } : {}),

    encode(x: number, options: CastOptions = {}) {
      const { rounding = 'nearest-even', saturate = true } = options;
      const word = requireWord(name, rounding, options.word);
      if (x !== x) throw new RangeError(`${name}: has no code for NaN`);
      let magnitude = roundedSteps(abs(x), rounding, word);
      if (isUnsigned && x < 0 && magnitude > 0) {
        if (saturate) return 0;
        throw new RangeError(
          `${name}: ${x} is below 0, and the format has no sign; let it saturate`,
        );
      }
      if (magnitude > largest) {
        if (!saturate && !(rounding === 'toward-zero' && abs(x) < Infinity)) {
          throw new RangeError(
            `${name}: ${x} is beyond ${max}, and the format has no code for an overflow; let it saturate`,
          );
        }
        magnitude = largest;
      }
      return x < 0 && magnitude > 0 ? 2 ** bits - magnitude : magnitude;
    },

    decode(code: number) {
      requireCode(format, code);
      const negative = code > largest;
      const value = negative ? code - 2 ** bits : code;
      if (value < -largest) throw noSuchCode(format, code, 'is not used: the format is symmetric');
      return value * step;
    },

    roundMagnitude(absolute: number, rounding: RoundingMode, word: number) {
      return min(roundedSteps(absolute, rounding, word), largest) * step;
    },
  };
  return format;
}
