import * as tf from '@tensorflow/tfjs-core';
import type { ExampleKeys, PhiloxKey } from '@dpquant/random';
import { int4, int8, luqFp4 } from '../formats/builtInFormats.ts';
import { floatCodes, type FloatCodes } from '../formats/floatCodes.ts';
import type { NumberFormat } from '../formats/numberFormat.ts';
import { viewAndDraw } from './exampleWords.ts';
import { maximumMagnitude } from './magnitudes.ts';
import type { Rounding } from './quantizer.ts';
import { sawbRange } from './sawb.ts';
import type { ScaledCast, ScaleGroups } from './scaled.ts';

/**
 * Names of the kernels that quantize. A backend that has one registered is handed the tensors; elsewhere
 * plain loops quantize them, with the same result to the bit.
 *
 * Each takes `x` and gives two float32 tensors, the codes in the shape of x and the scales [groups], with one
 * scale a group (see `quantizeScaled`).
 * - `QuantizeLuqFp4`, attributes `QuantizeAttributes`: stochastic rounding, the largest magnitude as range.
 * - `QuantizeIntegers`, attributes `QuantizeIntegersAttributes`.
 * - `QuantizeFloats`, attributes `QuantizeFloatsAttributes`: the largest magnitude as range.
 */
export const quantizerKernels = {
  luqFp4: 'QuantizeLuqFp4',
  integers: 'QuantizeIntegers',
  floats: 'QuantizeFloats',
} as const;

/** Attributes of a kernel that quantizes. */
export interface QuantizeAttributes {
  /** Equal shares of x, one after the other. */
  readonly groups: number;
  readonly key: PhiloxKey;
  readonly step: number;
  /** Of each group: its row, and its view·2¹⁶ + draw. */
  readonly rows: Uint32Array;
  readonly viewsAndDraws: Uint32Array;
}

/** Attributes of a kernel that quantizes to symmetric integers. */
export interface QuantizeIntegersAttributes extends QuantizeAttributes {
  /** The largest code: 7 or 127. */
  readonly largest: number;
  /** Whether the range is that of `sawbRange`, instead of the largest magnitude. */
  readonly isSawb: boolean;
  /** Whether rounding is stochastic, instead of to nearest even, which takes no random words. */
  readonly isStochastic: boolean;
}

/**
 * Attributes of a kernel that quantizes to a floating-point format: its mantissa has from 1 to 22 bits, and unless it
 * is unscaled its largest code is 4 or more.
 */
export interface QuantizeFloatsAttributes extends QuantizeAttributes, FloatCodes {
  /** Whether scales are 1, or NaN where a group is not finite. */
  readonly isUnscaled: boolean;
  /** Whether rounding is stochastic, instead of to nearest even, which takes no random words. */
  readonly isStochastic: boolean;
}

/** What the current backend's kernel gives, or null where it has none for such a cast. */
export function quantizeByKernel(
  x: tf.Tensor,
  groups: ScaleGroups,
  cast: ScaledCast,
  rounding: Rounding | undefined,
  keys: ExampleKeys | undefined,
): { codes: tf.Tensor; scales: tf.Tensor1D } | null {
  const kernel = kernelOf(cast);
  const isCovered = kernel !== null && !groups.interleaved && x.dtype === 'float32' && x.size > 0;
  if (!isCovered || tf.getKernel(kernel.name, tf.getBackend()) === undefined) return null;
  const isStochastic = cast.rounding === 'stochastic';
  if (isStochastic && !rounding) return null;
  const of = (numbers: Uint32Array | undefined, group: number) => numbers?.[group] ?? 0;
  const count = { length: groups.count };
  const attributes: QuantizeAttributes = {
    ...kernel.attributes,
    groups: groups.count,
    key: rounding?.key ?? [0, 0],
    step: rounding?.step ?? 0,
    rows: Uint32Array.from(count, (_, group) => of(keys?.rows, group)),
    viewsAndDraws: Uint32Array.from(count, (_, group) =>
      viewAndDraw(of(keys?.views, group), rounding?.draw ?? 0),
    ),
  };
  const [codes, scales] = tf
    .engine()
    .runKernel(kernel.name, { x }, attributes as unknown as tf.NamedAttrMap) as [
    tf.Tensor,
    tf.Tensor1D,
  ];
  return { codes, scales };
}

/** The kernel that makes such a cast, with the attributes that say which; null if there is none. */
function kernelOf({
  format,
  rounding,
  range = maximumMagnitude,
}: ScaledCast): { readonly name: string; readonly attributes: object } | null {
  const isStochastic = rounding === 'stochastic';
  if (format === luqFp4 && isStochastic && range === maximumMagnitude) {
    return { name: quantizerKernels.luqFp4, attributes: {} };
  }
  if (!isStochastic && rounding !== 'nearest-even') return null;
  const isSawb = range === sawbRange;
  if (!isSawb && range !== maximumMagnitude) return null;
  if (format === int4 || format === int8) {
    const attributes = { largest: format.max, isSawb, isStochastic };
    return { name: quantizerKernels.integers, attributes };
  }
  const floats = isSawb ? null : floatAttributes(format);
  return floats && { name: quantizerKernels.floats, attributes: { ...floats, isStochastic } };
}

/** What a kernel is told of a floating-point format; null for other formats, and those that it could not represent. */
function floatAttributes(format: NumberFormat): object | null {
  const codes = floatCodes(format);
  if (codes === null) return null;
  const { mantissaBits, smallestExponent, largest } = codes;
  const isUnscaled = format.unscaled ?? false;
  const hasMantissa = mantissaBits >= 1 && mantissaBits <= 22;
  const isInFloat32 = Math.fround(largest) === largest && smallestExponent >= -126;
  // The reciprocals of its scales are normal, and so are its codes.
  const isScalable = largest >= 4 && smallestExponent - mantissaBits >= -100;
  if (!hasMantissa || !isInFloat32 || !(isUnscaled || isScalable)) return null;
  return { ...codes, isUnscaled };
}
