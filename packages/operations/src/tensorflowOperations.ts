import * as tf from '@tensorflow/tfjs-core';
import { operation } from './operation.ts';

/**
 * Operations of TensorFlow.js itself, those that are run by name here or have kernels of this project. Images are
 * NHWC, filters [height, width, channels in, channels out].
 */
export const tensorflowOperations = {
  /** Products over the last two axes. */
  batchMatMul: operation<{ a: tf.Tensor; b: tf.Tensor }, tf.BatchMatMulAttrs, tf.Tensor>(
    tf.BatchMatMul,
  ),
  conv2d: operation<{ x: tf.Tensor4D; filter: tf.Tensor4D }, tf.Conv2DAttrs, tf.Tensor4D>(
    tf.Conv2D,
  ),
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
  identity: operation<{ x: tf.Tensor }, object, tf.Tensor>(tf.Identity),
  /** The gradient of max pooling from `input` and `output` of the pooling. */
  maxPoolGrad: operation<
    { dy: tf.Tensor4D; input: tf.Tensor4D; output: tf.Tensor4D },
    tf.MaxPoolGradAttrs,
    tf.Tensor4D
  >(tf.MaxPoolGrad),
  /** Sums of the slices of x [n, …] that have the same number in `segmentIds` [n]. */
  unsortedSegmentSum: operation<
    { x: tf.Tensor; segmentIds: tf.Tensor1D },
    tf.UnsortedSegmentSumAttrs,
    tf.Tensor
  >(tf.UnsortedSegmentSum),
};
