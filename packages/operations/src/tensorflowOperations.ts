import * as tf from '@tensorflow/tfjs-core';
import { operation } from './operation.ts';

interface ConvolutionInputs {
  readonly x: tf.Tensor4D;
  readonly filter: tf.Tensor4D;
}

/** Optional operations on a product, fused into its kernel. */
interface FusedInputs {
  readonly bias?: tf.Tensor;
  readonly preluActivationWeights?: tf.Tensor;
}

/** An operation from one tensor to one tensor. */
const ofTensor = <Attributes extends object>(name: string) =>
  operation<{ readonly x: tf.Tensor }, Attributes, tf.Tensor>(name);

/** An operation from NHWC images to NHWC images. */
const ofImages = <Attributes extends object>(name: string) =>
  operation<{ readonly x: tf.Tensor4D }, Attributes, tf.Tensor4D>(name);

/**
 * Operations of TensorFlow.js that have kernels in this project or are run by name. Images are
 * NHWC, filters [height, width, channels in, channels out].
 */
export const tensorflowOperations = {
  add: operation<{ a: tf.Tensor; b: tf.Tensor }, object, tf.Tensor>(tf.Add),
  all: ofTensor<tf.AllAttrs>(tf.All),
  any: ofTensor<tf.AnyAttrs>(tf.Any),
  avgPool: ofImages<tf.AvgPoolAttrs>(tf.AvgPool),
  /** Gradient of average pooling; `input` is that of the pooling. */
  avgPoolGrad: operation<{ dy: tf.Tensor4D; input: tf.Tensor4D }, tf.AvgPoolGradAttrs, tf.Tensor4D>(
    tf.AvgPoolGrad,
  ),
  /** Matrix products over the last two axes. */
  batchMatMul: operation<{ a: tf.Tensor; b: tf.Tensor }, tf.BatchMatMulAttrs, tf.Tensor>(
    tf.BatchMatMul,
  ),
  cast: ofTensor<tf.CastAttrs>(tf.Cast),
  conv2d: operation<ConvolutionInputs, tf.Conv2DAttrs, tf.Tensor4D>(tf.Conv2D),
  conv2dBackpropFilter: operation<
    { x: tf.Tensor4D; dy: tf.Tensor4D },
    tf.Conv2DBackpropFilterAttrs,
    tf.Tensor4D
  >(tf.Conv2DBackpropFilter),
  conv2dBackpropInput: operation<
    { dy: tf.Tensor4D; filter: tf.Tensor4D },
    tf.Conv2DBackpropInputAttrs,
    tf.Tensor4D
  >(tf.Conv2DBackpropInput),
  depthwiseConv2d: operation<ConvolutionInputs, tf.DepthwiseConv2dNativeAttrs, tf.Tensor4D>(
    tf.DepthwiseConv2dNative,
  ),
  depthwiseConv2dBackpropFilter: operation<
    { x: tf.Tensor4D; dy: tf.Tensor4D },
    tf.DepthwiseConv2dNativeBackpropFilterAttrs,
    tf.Tensor4D
  >(tf.DepthwiseConv2dNativeBackpropFilter),
  depthwiseConv2dBackpropInput: operation<
    { dy: tf.Tensor4D; filter: tf.Tensor4D },
    tf.DepthwiseConv2dNativeBackpropInputAttrs,
    tf.Tensor4D
  >(tf.DepthwiseConv2dNativeBackpropInput),
  elu: ofTensor(tf.Elu),
  fusedConv2d: operation<ConvolutionInputs & FusedInputs, tf.FusedConv2DAttrs, tf.Tensor4D>(
    tf.FusedConv2D,
  ),
  fusedDepthwiseConv2d: operation<
    ConvolutionInputs & FusedInputs,
    tf.FusedDepthwiseConv2DAttrs,
    tf.Tensor4D
  >(tf.FusedDepthwiseConv2D),
  fusedMatMul: operation<
    { a: tf.Tensor; b: tf.Tensor } & FusedInputs,
    tf._FusedMatMulAttrs,
    tf.Tensor
  >(tf._FusedMatMul),
  /** Slices of x along an axis, by index. */
  gather: operation<{ x: tf.Tensor; indices: tf.Tensor }, tf.GatherV2Attrs, tf.Tensor>(tf.GatherV2),
  identity: ofTensor(tf.Identity),
  leakyRelu: ofTensor<tf.LeakyReluAttrs>(tf.LeakyRelu),
  max: ofTensor<tf.MaxAttrs>(tf.Max),
  maxPool: ofImages<tf.MaxPoolAttrs>(tf.MaxPool),
  /** Gradient of max pooling; `input` and `output` are those of the pooling. */
  maxPoolGrad: operation<
    { dy: tf.Tensor4D; input: tf.Tensor4D; output: tf.Tensor4D },
    tf.MaxPoolGradAttrs,
    tf.Tensor4D
  >(tf.MaxPoolGrad),
  /** Maxima, and their positions (int32). */
  maxPoolWithArgmax: operation<
    { x: tf.Tensor4D },
    tf.MaxPoolWithArgmaxAttrs,
    readonly [maxima: tf.Tensor4D, places: tf.Tensor4D]
  >(tf.MaxPoolWithArgmax),
  mean: ofTensor<tf.MeanAttrs>(tf.Mean),
  min: ofTensor<tf.MinAttrs>(tf.Min),
  oneHot: operation<{ indices: tf.Tensor }, tf.OneHotAttrs, tf.Tensor>(tf.OneHot),
  pad: ofTensor<tf.PadV2Attrs>(tf.PadV2),
  prelu: operation<{ x: tf.Tensor; alpha: tf.Tensor }, object, tf.Tensor>(tf.Prelu),
  prod: ofTensor<tf.ProdAttrs>(tf.Prod),
  relu: ofTensor(tf.Relu),
  relu6: ofTensor(tf.Relu6),
  sigmoid: ofTensor(tf.Sigmoid),
  slice: ofTensor<tf.SliceAttrs>(tf.Slice),
  sum: ofTensor<tf.SumAttrs>(tf.Sum),
  tile: ofTensor<tf.TileAttrs>(tf.Tile),
  /** Sums of the slices of x [n, …] that have the same number in `segmentIds` [n]. */
  unsortedSegmentSum: operation<
    { x: tf.Tensor; segmentIds: tf.Tensor1D },
    tf.UnsortedSegmentSumAttrs,
    tf.Tensor
  >(tf.UnsortedSegmentSum),
};
