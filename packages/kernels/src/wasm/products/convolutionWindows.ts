import * as tf from '@tensorflow/tfjs-core';
import {
  tensorflowOperations,
  type InputInfos,
  type Operation,
  type Shape4D,
  type WindowAttributes,
  type WrappingKernel,
} from '@dpquant/operations';
import { wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';
import { emptyOutput } from './emptyOutput.ts';

export interface ConvolutionAttributes extends WindowAttributes {
  readonly dilations?: [number, number] | number | null;
}

type Info = tf.backend_util.Conv2DInfo;
interface Convolved {
  readonly x: tf.Tensor4D;
  readonly filter: tf.Tensor4D;
}
type ConvolvedInfos = InputInfos<Convolved>;

/**
 * Runs the backend's own convolution so that its windows are those of TensorFlow.js. They differ in
 * three cases:
 *
 * - With the padding "same", where a window does not reach the end of the image, XNNPACK's
 *   difference of unsigned numbers overflows: the output stays as it was, zeros mostly.
 * - TensorFlow.js computes the output's size from one side of the filter and one stride where the
 *   padding is a number, XNNPACK from both: for filters or strides that are not square, or with
 *   rounding upwards, it writes an output of another size than its allocated memory.
 * - Where the image is empty and the padding is not, it writes nothing.
 *
 * The padding is then given as numbers, or the image is padded and cut first, so that both agree.
 *
 * @param stock the backend's own kernel
 * @param info of the convolution, as TensorFlow.js computes it
 */
export function runStockConvolution<
  Inputs extends ConvolvedInfos,
  Attributes extends ConvolutionAttributes,
>(
  stock: (backend: WasmBackend, inputs: Inputs, attributes: Attributes) => tf.TensorInfo,
  backend: WasmBackend,
  inputs: Inputs,
  attributes: Attributes,
  info: Info,
): tf.TensorInfo {
  if (tf.util.sizeFromShape(info.inShape) === 0) {
    return ofNothing(stock, backend, inputs, attributes, info);
  }
  if (agrees(info)) return stock(backend, inputs, attributes);
  if (info.padInfo.type === 'SAME') {
    return stock(backend, inputs, { ...attributes, pad: paddingNumbers(info) });
  }
  const x = paddedAndCut(backend, inputs.x, info);
  try {
    return stock(backend, { ...inputs, x }, { ...attributes, pad: 'valid' });
  } finally {
    backend.disposeData(x.dataId);
  }
}

/**
 * The result for windows without pixels or channels: empty sums, with the bias and activation fused
 * to the convolution. XNNPACK would leave memory uninitialized, so it is given zeros of the
 * output's size instead.
 */
function ofNothing<Inputs extends ConvolvedInfos, Attributes extends ConvolutionAttributes>(
  stock: (backend: WasmBackend, inputs: Inputs, attributes: Attributes) => tf.TensorInfo,
  backend: WasmBackend,
  inputs: Inputs,
  attributes: Attributes,
  { batchSize, outHeight, outWidth, inChannels }: Info,
): tf.TensorInfo {
  const channels = Math.max(1, inChannels);
  const x = tf.zeros<tf.Rank.R4>([batchSize, outHeight, outWidth, channels]);
  const filter = tf.zeros<tf.Rank.R4>([1, 1, channels, inputs.filter.shape[3]]);
  const windows = { strides: 1, dilations: 1, pad: 'valid' as const };
  try {
    return stock(backend, { ...inputs, x, filter }, { ...attributes, ...windows });
  } finally {
    tf.dispose([x, filter]);
  }
}

/** Whether XNNPACK's windows are those of `info`. */
function agrees(info: Info): boolean {
  if (info.padInfo.type !== 'SAME') return hasSizeOfXnnpack(info);
  const isPixel = info.filterHeight === 1 && info.filterWidth === 1;
  return isPixel || (beyondHeight(info) >= 0 && beyondWidth(info) >= 0);
}

/** Whether XNNPACK computes the same output size from padding that it is given as numbers. */
export function hasSizeOfXnnpack(info: Info): boolean {
  const { padInfo, strideHeight, strideWidth } = info;
  const isLast = (left: number, stride: number) => left >= 0 && left < stride;
  return (
    isLast(padInfo.bottom - beyondHeight(info), strideHeight) &&
    isLast(padInfo.right - beyondWidth(info), strideWidth)
  );
}

/**
 * Number of pixels by which the last windows reach beyond the image; negative if the image extends
 * beyond them.
 */
function beyondHeight(info: Info): number {
  const { padInfo, outHeight, strideHeight, effectiveFilterHeight, inHeight } = info;
  return (outHeight - 1) * strideHeight + effectiveFilterHeight - padInfo.top - inHeight;
}

function beyondWidth(info: Info): number {
  const { padInfo, outWidth, strideWidth, effectiveFilterWidth, inWidth } = info;
  return (outWidth - 1) * strideWidth + effectiveFilterWidth - padInfo.left - inWidth;
}

/** The padding with which the windows end exactly where the padded image ends. */
export function exactPadding(info: Info): WindowAttributes['pad'] {
  const { top, left } = info.padInfo;
  return [
    [0, 0],
    [top, beyondHeight(info)],
    [left, beyondWidth(info)],
    [0, 0],
  ];
}

function paddingNumbers({ padInfo }: Info): WindowAttributes['pad'] {
  const { top, bottom, left, right } = padInfo;
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

/**
 * The image with zeros around it, and without pixels that no window reaches: the windows then cover
 * it exactly.
 */
function paddedAndCut(backend: WasmBackend, x: tf.TensorInfo, info: Info): ConvolvedInfos['x'] {
  const { batchSize, inHeight, inWidth, inChannels, padInfo } = info;
  const rows = extent(inHeight, padInfo.top, beyondHeight(info));
  const columns = extent(inWidth, padInfo.left, beyondWidth(info));
  const size = [batchSize, rows.kept, columns.kept, inChannels];
  const [slice, pad] = [
    tensorflowOperations.slice.kernelOf(wasmBackend),
    tensorflowOperations.pad.kernelOf(wasmBackend),
  ];
  const cut = slice(backend, { x }, { begin: [0, 0, 0, 0], size });
  const paddings: [number, number][] = [[0, 0], rows.padding, columns.padding, [0, 0]];
  const { shape, ...padded } = pad(backend, { x: cut }, { paddings, constantValue: 0 });
  backend.disposeData(cut.dataId);
  return { ...padded, shape: shape as Shape4D };
}

/** Number of pixels of a side that are kept, and of zeros before and after them. */
function extent(
  size: number,
  before: number,
  beyond: number,
): { kept: number; padding: [number, number] } {
  const total = before + size + beyond;
  const start = Math.min(before, total);
  const kept = Math.max(0, Math.min(size, total - start));
  return { kept, padding: [start, total - start - kept] };
}

function wrapper<Inputs extends Convolved, Attributes extends ConvolutionAttributes>(
  convolution: Operation<Inputs, Attributes, tf.Tensor4D>,
  isDepthwise: boolean,
): WrappingKernel {
  return convolution.around(wasmBackend, (stock) => (backend, inputs, attributes) => {
    const { dataFormat = 'NHWC' } = attributes;
    // The stock kernel throws for other formats.
    if (dataFormat !== 'NHWC') return stock(backend, inputs, attributes);
    const info = convolutionInfo(inputs, attributes, isDepthwise);
    const empty = emptyOutput(convolution.name, info);
    return empty ?? runStockConvolution(stock, backend, inputs, attributes, info);
  });
}

/**
 * The geometry that TensorFlow.js computes from the inputs `x` and `filter` and the attributes of a
 * convolution.
 */
export function convolutionInfo(
  { x, filter }: ConvolvedInfos,
  { strides, pad, dilations, dimRoundingMode }: ConvolutionAttributes,
  isDepthwise: boolean,
): Info {
  return tf.backend_util.computeConv2DInfo(
    x.shape,
    filter.shape,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    isDepthwise,
  );
}

/** `Conv2D` and `FusedConv2D` have wrappers of their own. */
export const convolutionWrappers: readonly WrappingKernel[] = [
  wrapper(tensorflowOperations.depthwiseConv2d, true),
  wrapper(tensorflowOperations.fusedDepthwiseConv2d, true),
];
