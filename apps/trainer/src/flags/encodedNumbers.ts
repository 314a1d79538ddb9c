import {
  codeToHex,
  e8m0,
  fp8E4M3,
  quantizeBlocks,
  type BlockFormat,
  type NumberFormat,
  type RoundingMode,
} from '@dpquant/quantization';
import { SeededRandom, SecureRandom, derivePhiloxKey, philoxKeyFromSeed } from '@dpquant/random';
import { UsageError } from './usageError.ts';

/** Rounding modes by the names that `--rounding` takes. */
export const roundings: Readonly<Record<string, RoundingMode>> = {
  nearest: 'nearest-even',
  'nearest-away': 'nearest-away',
  'toward-zero': 'toward-zero',
  stochastic: 'stochastic',
};

/** What `dpquant formats encode` is to encode, and how. */
export interface EncodeOptions {
  readonly format: string;
  readonly values: number[];
  readonly rounding: string;
  readonly seed?: number;
  readonly saturate: boolean;
}

/** Numbers in a format: their codes, and the values that those stand for. */
export interface Encoded {
  readonly codes: string[];
  readonly values: (number | string)[];
  readonly scales?: { code: string; value: number | string }[];
  readonly tensorScale?: number;
}

/** JSON has no infinity and no NaN: they become texts. */
export function jsonNumber(x: number): number | string {
  return Number.isFinite(x) ? x : String(x);
}

/** Casts numbers as they are, without a scale. */
export function encodeNumbers(format: NumberFormat, options: EncodeOptions): Encoded {
  const random =
    options.seed === undefined ? new SecureRandom() : new SeededRandom(options.seed, 'rounding');
  const codes = options.values.map((x) =>
    format.encode(x, {
      rounding: roundings[options.rounding]!,
      saturate: options.saturate,
      word: random.uint32(),
    }),
  );
  return {
    codes: codes.map((code) => codeToHex(format, code)),
    values: codes.map((code) => jsonNumber(format.decode(code))),
  };
}

/** Takes numbers as one row and gives each block its scale. */
export function encodeBlocks(format: BlockFormat, options: EncodeOptions): Encoded {
  if (!options.saturate) {
    throw new UsageError(
      `--no-saturate: ${format.name} scales its blocks, and their elements always saturate; leave it out`,
    );
  }
  const values = Float32Array.from(options.values);
  const shape = { examples: 1, exampleSize: values.length, rowLength: values.length };
  const base = philoxKeyFromSeed(options.seed ?? new SecureRandom().uint32());
  const randomness = { key: derivePhiloxKey(base, 'rounding'), step: 0, draw: 0 };
  const cast = { format, rounding: roundings[options.rounding]! };
  const { elements, scaleCodes, scales, exampleScales } = quantizeBlocks(
    values,
    shape,
    cast,
    randomness,
  );
  const scaleFormat = format.scale === 'e8m0' ? e8m0 : fp8E4M3;
  return {
    codes: [...elements].map((x) => codeToHex(format.element, format.element.encode(x))),
    values: [...elements].map((x, i) => jsonNumber(x * scales[Math.floor(i / format.blockSize)]!)),
    scales: [...scaleCodes].map((code) => ({
      code: codeToHex(scaleFormat, code),
      value: jsonNumber(scaleFormat.decode(code)),
    })),
    ...(exampleScales ? { tensorScale: exampleScales[0]! } : {}),
  };
}
