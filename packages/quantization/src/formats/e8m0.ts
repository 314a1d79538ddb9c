import type { NumberFormat } from './numberFormat.ts';
import { requireCode } from './numberFormat.ts';

/** Stored exponent of 1. */
const bias = 127;

/**
 * The scale encoding of MX formats: 2^(code − 127); code FF is NaN; there is no zero and no sign.
 * `encode` accepts powers of two only.
 *
 * @throws RangeError from `encode`, for any other number
 */
export const e8m0: NumberFormat = {
  name: 'e8m0',
  description: 'powers of two, scale of the MX formats (OCP)',
  bits: 8,
  max: 2 ** 127,
  encode(x) {
    if (Number.isNaN(x)) return 0xff;
    const exponent = Math.round(Math.log2(x));
    if (2 ** exponent !== x || Math.abs(exponent) > bias) {
      throw new RangeError(`e8m0: expected a power of two from 2^-127 to 2^127, got ${x}`);
    }
    return exponent + bias;
  },
  decode(code) {
    requireCode(e8m0, code);
    return code === 0xff ? NaN : 2 ** (code - bias);
  },
};
