import * as tf from '@tensorflow/tfjs-core';
import type { Shape4D, WindowAttributes } from '@dpquant/operations';
import { withNumbers, type WasmBackend } from '../module/wasmBackend.ts';

/** Where the windows of a convolution lie in an image. */
export interface WindowGeometry {
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly padInfo: { readonly top: number; readonly left: number };
}

/** Where the windows of a convolution of NHWC images lie. */
export function windowsOf(
  inputShape: Shape4D,
  filterShape: Shape4D,
  { strides, pad, dimRoundingMode, dataFormat = 'NHWC' }: WindowAttributes,
): tf.backend_util.Conv2DInfo {
  if (dataFormat !== 'NHWC') {
    throw new RangeError(
      `wasm: expected the data format NHWC, got ${dataFormat}; transpose images to [n, height, width, channels]`,
    );
  }
  return tf.backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
}

/** Calls `use` with the address of windows as the module's `useWindows` reads them. */
export function withWindows<T>(
  backend: WasmBackend,
  info: WindowGeometry,
  use: (windows: number) => T,
): T {
  const values = Int32Array.of(
    ...[info.inHeight, info.inWidth, info.inChannels, info.filterHeight, info.filterWidth],
    ...[info.outHeight, info.outWidth, info.strideHeight, info.strideWidth],
    ...[info.padInfo.top, info.padInfo.left, info.dilationHeight, info.dilationWidth],
  );
  return withNumbers(backend, values, use);
}
