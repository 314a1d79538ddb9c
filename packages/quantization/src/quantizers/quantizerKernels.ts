import * as tf from '@tensorflow/tfjs-core';
import type { ExampleKeys, PhiloxKey } from '@dpquant/random';
import { viewAndDraw } from './exampleWords.ts';
import type { Rounding } from './quantizer.ts';
import type { ScaledCast, ScaleGroups } from './scaled.ts';

/**
 * Names of the kernels that quantize. A backend that has one registered is handed the tensors; elsewhere
 * plain loops quantize them, with the same result to the bit.
 *
 * - `QuantizeLuqFp4`: `x`, attributes `QuantizeAttributes`; gives two float32 tensors, the codes in the shape
 *   of x and the scales [groups], by stochastic rounding with one scale a group (see `quantizeScaled`).
 */
export const quantizerKernels = { luqFp4: 'QuantizeLuqFp4' } as const;

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

/** What the current backend's kernel gives, or null where it has none for such a cast. */
export function quantizeByKernel(
  x: tf.Tensor,
  groups: ScaleGroups,
  { format, rounding: mode, range }: ScaledCast,
  rounding: Rounding | undefined,
  keys: ExampleKeys | undefined,
): { codes: tf.Tensor; scales: tf.Tensor1D } | null {
  const isCovered =
    format.name === 'luq-fp4' &&
    mode === 'stochastic' &&
    range === undefined &&
    !groups.interleaved &&
    x.dtype === 'float32' &&
    x.size > 0;
  const kernel = quantizerKernels.luqFp4;
  if (!isCovered || !rounding || tf.getKernel(kernel, tf.getBackend()) === undefined) return null;
  const of = (numbers: Uint32Array | undefined, group: number) => numbers?.[group] ?? 0;
  const count = { length: groups.count };
  const attributes: QuantizeAttributes = {
    groups: groups.count,
    key: rounding.key,
    step: rounding.step,
    rows: Uint32Array.from(count, (_, group) => of(keys?.rows, group)),
    viewsAndDraws: Uint32Array.from(count, (_, group) =>
      viewAndDraw(of(keys?.views, group), rounding.draw),
    ),
  };
  const [codes, scales] = tf
    .engine()
    .runKernel(kernel, { x }, attributes as unknown as tf.NamedAttrMap) as [tf.Tensor, tf.Tensor1D];
  return { codes, scales };
}
