import * as tf from '@tensorflow/tfjs-core';
import type { OperationKernel, Shape4D, WindowAttributes } from '@dpquant/operations';
import { integerOperations, type WeightedSumAttributes } from '@dpquant/quantization';
import { runCalls, type WasmCall } from '../module/runCalls.ts';
import { wasmModule } from '../module/wasmModule.ts';
import {
  addressOf,
  wasmBackend,
  withNumbers,
  withScratch,
  type WasmBackend,
} from '../module/wasmBackend.ts';
import { windowsOf, withWindows } from '../products/windows.ts';
import { requireIntegerSum } from './integerColumns.ts';
import { wideDotOffset } from './integerDots.ts';

interface Conv2DAttributes extends WindowAttributes, WeightedSumAttributes {
  readonly filterShape: Shape4D;
}

/** Rows of the weight gradient that one call sums, over all examples: whole tiles of four. */
const rowsPerCall = 64;

/** Sizes of a weight gradient AᵀB of each example, at `rows`·`width` positions. */
interface GradientSizes {
  readonly rows: number;
  readonly width: number;
  readonly p: number;
  readonly d: number;
}

/** Calls `use` with the address of the packed output gradients, which all calls of a sum share. */
function withPackedGradients<T>(
  backend: WasmBackend,
  dy: tf.TensorInfo,
  { rows, width, d }: GradientSizes,
  use: (packed: number) => T,
): T {
  requireIntegerSum(rows * width);
  const module = wasmModule(backend);
  const offset = wideDotOffset();
  const bytesOf = offset === null ? module.packedGradientBytes : module.packedByteGradientBytes;
  const bytes = bytesOf(rows, width, d);
  const n = dy.shape[0]!;
  return withScratch(backend, n * bytes, (packed) => {
    const source = addressOf(backend, dy);
    const calls = Array.from({ length: n }, (_, i): WasmCall<'packIntegerGradients'> => [
      source + i * rows * width * d * 4,
      rows,
      width,
      d,
      packed + i * bytes,
    ]);
    if (offset === null) {
      runCalls(backend, 'packIntegerGradients', calls, 16);
    } else {
      const byteCalls = calls.map((call): WasmCall<'packByteGradients'> => [...call, offset]);
      runCalls(backend, 'packByteGradients', byteCalls, 16);
    }
    return use(packed);
  });
}

/**
 * Calls `use` with the address of the images as integers, with their borders, one after the other.
 */
function withNarrowedImages<T>(
  backend: WasmBackend,
  x: tf.TensorInfo,
  windows: number,
  use: (images: number) => T,
): T {
  const module = wasmModule(backend);
  const isWide = wideDotOffset() !== null;
  const bytesOf = isWide ? module.narrowedByteImageBytes : module.narrowedIntegerImageBytes;
  const bytes = bytesOf(windows);
  const [n, ...image] = x.shape as Shape4D;
  const imageBytes = tf.util.sizeFromShape(image) * 4;
  return withScratch(backend, n * bytes, (images) => {
    const calls = Array.from({ length: n }, (_, i): WasmCall<'narrowIntegerImage'> => [
      windows,
      addressOf(backend, x) + i * imageBytes,
      images + i * bytes,
    ]);
    runCalls(backend, isWide ? 'narrowByteImage' : 'narrowIntegerImage', calls, 16);
    return use(images);
  });
}

/**
 * Adds up factor·AᵀB over examples.
 *
 * @param a address of the first example's rows, or of its image from `withNarrowedImages`
 * @param windows windows whose rows are A, or 0 if A are rows of values
 */
function sumGradients(
  backend: WasmBackend,
  a: number,
  [dy, gradient]: readonly [tf.TensorInfo, tf.TensorInfo],
  windows: number,
  sizes: GradientSizes,
  factors: Float32Array,
): void {
  const { rows, width, p, d } = sizes;
  withPackedGradients(backend, dy, sizes, (packed) =>
    withNumbers(backend, factors, (factorStart) => {
      const calls = rowBlocks(p).map(([first, count]): WasmCall<'integerWeightGradient'> => [
        windows,
        a,
        packed,
        factors.length,
        rows * width,
        p,
        d,
        factorStart,
        first,
        count,
        gradient.dtype === 'int32',
        addressOf(backend, gradient) + first * d * 4,
      ]);
      const module = wasmModule(backend);
      const offset = wideDotOffset();
      if (offset === null) {
        const scratchBytes = module.integerWeightGradientScratch(rows, width);
        runCalls(backend, 'integerWeightGradient', calls, scratchBytes);
      } else {
        const byteCalls = calls.map((call): WasmCall<'byteWeightGradient'> => [...call, offset]);
        const scratchBytes = module.byteWeightGradientScratch(rows, width);
        runCalls(backend, 'byteWeightGradient', byteCalls, scratchBytes);
      }
    }),
  );
}

/**
 * The sum of factor·AᵀB over examples, in float32 as `integerOperations` of quantization define it,
 * or in int32 as its `roundedSumOperations` do.
 */
export function integerMatMulWeightGradient(
  backend: WasmBackend,
  a: tf.TensorInfo,
  dy: tf.TensorInfo,
  { factors }: WeightedSumAttributes,
  dtype: 'float32' | 'int32',
): tf.TensorInfo {
  const p = a.shape.at(-1)!;
  const d = dy.shape.at(-1)!;
  const positions = tf.util.sizeFromShape(a.shape.slice(1, -1));
  const gradient = backend.makeOutput([p, d], dtype);
  const sizes = { rows: 1, width: positions, p, d };
  sumGradients(backend, addressOf(backend, a), [dy, gradient], 0, sizes, factors);
  return gradient;
}

/** The same where A are the windows of the images. */
export function integerConv2dWeightGradient(
  backend: WasmBackend,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  attributes: Conv2DAttributes,
  dtype: 'float32' | 'int32',
): tf.TensorInfo {
  const { factors, filterShape } = attributes;
  const info = windowsOf(x.shape as Shape4D, filterShape, attributes);
  const { outHeight: rows, outWidth: width, outChannels: d } = info;
  const p = info.filterHeight * info.filterWidth * info.inChannels;
  const gradient = backend.makeOutput(filterShape, dtype);
  withWindows(backend, info, (windows) =>
    withNarrowedImages(backend, x, windows, (images) =>
      sumGradients(backend, images, [dy, gradient], windows, { rows, width, p, d }, factors),
    ),
  );
  return gradient;
}

/** [first, count] of each block of rows. */
function rowBlocks(rows: number): [number, number][] {
  return Array.from({ length: Math.ceil(rows / rowsPerCall) }, (_, i) => [
    i * rowsPerCall,
    Math.min(rowsPerCall, rows - i * rowsPerCall),
  ]);
}

export const integerWeightGradientConfigs: readonly OperationKernel[] = [
  integerOperations.matMulWeightGradient.on(wasmBackend, (backend, { a, dy }, attributes) =>
    integerMatMulWeightGradient(backend, a, dy, attributes, 'float32'),
  ),
  integerOperations.conv2dWeightGradient.on(wasmBackend, (backend, { x, dy }, attributes) =>
    integerConv2dWeightGradient(backend, x, dy, attributes, 'float32'),
  ),
];
