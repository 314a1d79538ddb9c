import * as tf from '@tensorflow/tfjs-core';
import type { WasmBackend } from '../simd/wasmBackend.ts';
import type { Shape4D, WindowAttributes } from '../windows.ts';
import { callKernel } from './callKernel.ts';
import { emptyOutput } from './emptyOutput.ts';

export interface ConvolutionAttributes extends WindowAttributes {
  readonly dilations?: [number, number] | number | null;
}

type Info = tf.backend_util.Conv2DInfo;
type KernelCall = Parameters<tf.KernelFunc>[0];

/**
 * Runs the backend's own convolution so that its windows are those of TensorFlow.js. They are
 * others on two occasions:
 *
 * - With the padding "same", where a window does not reach the end of the image, XNNPACK's
 *   difference of unsigned numbers overflows: the output stays as it was, zeros mostly.
 * - TensorFlow.js computes the output's size from one side of the filter and one stride where the
 *   padding is a number, XNNPACK from both: with others than square ones, or with rounding upwards,
 *   it writes another size than there is memory for.
 *
 * The padding is then given as numbers, or the image is padded and cut first, so that both agree.
 *
 * @param stock the backend's own kernel
 * @param info of the convolution, as TensorFlow.js computes it
 */
export function runStockConvolution(
  stock: tf.KernelFunc,
  call: KernelCall,
  info: Info,
): ReturnType<tf.KernelFunc> {
  if (agrees(info)) return stock(call);
  if (info.padInfo.type === 'SAME') return stock({ ...call, attrs: withNumbers(call, info) });
  const backend = call.backend as WasmBackend;
  const x = paddedAndCut(backend, call.inputs['x']!, info);
  try {
    return stock({
      ...call,
      inputs: { ...call.inputs, x },
      attrs: { ...call.attrs, pad: 'valid' },
    });
  } finally {
    backend.disposeData(x.dataId);
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

/** How many pixels the last windows reach beyond the image; negative: how many it has more. */
function beyondHeight(info: Info): number {
  const { padInfo, outHeight, strideHeight, effectiveFilterHeight, inHeight } = info;
  return (outHeight - 1) * strideHeight + effectiveFilterHeight - padInfo.top - inHeight;
}

function beyondWidth(info: Info): number {
  const { padInfo, outWidth, strideWidth, effectiveFilterWidth, inWidth } = info;
  return (outWidth - 1) * strideWidth + effectiveFilterWidth - padInfo.left - inWidth;
}

function withNumbers({ attrs }: { attrs?: tf.NamedAttrMap }, { padInfo }: Info): tf.NamedAttrMap {
  const { top, bottom, left, right } = padInfo;
  const pad = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return { ...attrs, pad } as unknown as tf.NamedAttrMap;
}

/**
 * The image with zeros around it, and without what no window reaches: windows then lie in it
 * exactly.
 */
function paddedAndCut(backend: WasmBackend, x: tf.TensorInfo, info: Info): tf.TensorInfo {
  const { batchSize, inHeight, inWidth, inChannels, padInfo } = info;
  const rows = extent(inHeight, padInfo.top, beyondHeight(info));
  const columns = extent(inWidth, padInfo.left, beyondWidth(info));
  const size = [batchSize, rows.kept, columns.kept, inChannels];
  const cut = callKernel(tf.Slice, backend, { x }, { begin: [0, 0, 0, 0], size });
  const paddings = [[0, 0], rows.padding, columns.padding, [0, 0]];
  const padded = callKernel(tf.PadV2, backend, { x: cut }, { paddings, constantValue: 0 });
  backend.disposeData(cut.dataId);
  return padded;
}

/** How many pixels of a side are kept, and how many are put before and after them. */
function extent(size: number, before: number, beyond: number) {
  const total = before + size + beyond;
  const start = Math.min(before, total);
  const kept = Math.max(0, Math.min(size, total - start));
  return { kept, padding: [start, total - start - kept] };
}

function convolutionKernel(kernelName: string, isDepthwise: boolean) {
  return (stock: tf.KernelFunc): tf.KernelFunc =>
    (call) => {
      const { dataFormat = 'NHWC' } = call.attrs as unknown as ConvolutionAttributes;
      // The stock kernel says that it has no other format.
      if (dataFormat !== 'NHWC') return stock(call);
      const info = convolutionInfo(call, isDepthwise);
      return emptyOutput(kernelName, info) ?? runStockConvolution(stock, call, info);
    };
}

/**
 * What TensorFlow.js computes of the inputs `x` and `filter` and the attributes of a convolution.
 */
export function convolutionInfo({ inputs, attrs }: KernelCall, isDepthwise: boolean): Info {
  const { strides, pad, dilations, dimRoundingMode } = attrs as unknown as ConvolutionAttributes;
  return tf.backend_util.computeConv2DInfo(
    inputs['x']!.shape as Shape4D,
    inputs['filter']!.shape as Shape4D,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    isDepthwise,
  );
}

const wrapper = (kernelName: string, isDepthwise: boolean) => ({
  kernelName,
  backendName: 'wasm',
  wrap: convolutionKernel(kernelName, isDepthwise),
});

/** `Conv2D` has a wrapper of its own. */
export const convolutionWrappers = [
  wrapper(tf.FusedConv2D, false),
  wrapper(tf.DepthwiseConv2dNative, true),
  wrapper(tf.FusedDepthwiseConv2D, true),
];
