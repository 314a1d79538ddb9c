import type * as tf from '@tensorflow/tfjs-core';
import type { Operation } from '@dpquant/operations';
import type { ExampleKeys } from '@dpquant/random';
import { int4, int8, luqFp4, uint4 } from '../formats/builtInFormats.ts';
import { floatCodes, type FloatCodes } from '../formats/floatCodes.ts';
import type { NumberFormat } from '../formats/numberFormat.ts';
import { viewAndDraw } from './exampleWords.ts';
import { maximumMagnitude } from './magnitudes.ts';
import type { RandomStream } from './quantizer.ts';
import {
  quantizerOperations,
  type QuantizeAttributes,
  type QuantizeFloatsAttributes,
} from './quantizerOperations.ts';
import { sawbRange } from './sawb.ts';
import type { ScaledCast, ScaleGroups } from './scaledCast.ts';

/** The result of the current backend's kernel, or null if it has none for this cast. */
export function quantizeByKernel(
  x: tf.Tensor,
  groups: ScaleGroups,
  cast: ScaledCast,
  randomness: RandomStream | undefined,
  keys: ExampleKeys | undefined,
): { codes: tf.Tensor; scales: tf.Tensor1D } | null {
  const kernel = kernelOf(cast);
  const isCovered = kernel !== null && !groups.interleaved && x.dtype === 'float32' && x.size > 0;
  if (!isCovered || !kernel.isAvailable()) return null;
  const isStochastic = cast.rounding === 'stochastic';
  if (isStochastic && !randomness) return null;
  const of = (numbers: Uint32Array | undefined, group: number) => numbers?.[group] ?? 0;
  const count = { length: groups.count };
  const attributes: QuantizeAttributes = {
    groups: groups.count,
    key: randomness?.key ?? [0, 0],
    step: randomness?.step ?? 0,
    rows: Uint32Array.from(count, (_, group) => of(keys?.rows, group)),
    viewsAndDraws: Uint32Array.from(count, (_, group) =>
      viewAndDraw(of(keys?.views, group), randomness?.draw ?? 0),
    ),
  };
  const [codes, scales] = kernel.run(x, attributes);
  return { codes, scales };
}

/** A kernel for one kind of cast. */
interface CastKernel {
  /** Whether the current backend has it. */
  isAvailable(): boolean;
  run(x: tf.Tensor, attributes: QuantizeAttributes): readonly [tf.Tensor, tf.Tensor1D];
}

/** The kernel for an operation with fixed attributes of the cast. */
function castKernel<Cast extends object>(
  operation: Operation<
    { x: tf.Tensor },
    QuantizeAttributes & Cast,
    readonly [tf.Tensor, tf.Tensor1D]
  >,
  cast: Cast,
): CastKernel {
  return {
    isAvailable: operation.hasKernel,
    run: (x, attributes) => operation.require({ x }, { ...cast, ...attributes }),
  };
}

/** The kernel for a cast; null if there is none. */
function kernelOf(cast: ScaledCast): CastKernel | null {
  const { format, nonNegativeFormat, rounding, range = maximumMagnitude } = cast;
  const isStochastic = rounding === 'stochastic';
  if (nonNegativeFormat && !(format === int4 && nonNegativeFormat === uint4)) return null;
  if (format === luqFp4 && isStochastic && range === maximumMagnitude) {
    return castKernel(quantizerOperations.luqFp4, {});
  }
  if (!isStochastic && rounding !== 'nearest-even') return null;
  const isSawb = range === sawbRange;
  if (!isSawb && range !== maximumMagnitude) return null;
  if (format === int4 || format === int8) {
    const largest = format.max;
    const largestOfNonNegative = nonNegativeFormat?.max ?? largest;
    return castKernel(quantizerOperations.integers, {
      largest,
      largestOfNonNegative,
      isSawb,
      isStochastic,
    });
  }
  const floats = isSawb ? null : floatAttributes(format);
  return floats && castKernel(quantizerOperations.floats, { ...floats, isStochastic });
}

/**
 * Kernel attributes of a floating-point format; null for other formats, and for those that kernels
 * cannot represent.
 */
function floatAttributes(
  format: NumberFormat,
): (FloatCodes & Pick<QuantizeFloatsAttributes, 'isUnscaled'>) | null {
  const codes = floatCodes(format);
  if (codes === null) return null;
  const { mantissaBits, smallestExponent, largest } = codes;
  const isUnscaled = format.unscaled ?? false;
  const hasMantissa = mantissaBits >= 1 && mantissaBits <= 22;
  const isInFloat32 = Math.fround(largest) === largest && smallestExponent >= -126;
  // The reciprocals of its scales and its codes are normal float32 numbers.
  const isScalable = largest >= 4 && smallestExponent - mantissaBits >= -100;
  if (!hasMantissa || !isInFloat32 || !(isUnscaled || isScalable)) return null;
  return { ...codes, isUnscaled };
}
