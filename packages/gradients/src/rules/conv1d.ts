import * as tf from '@tensorflow/tfjs-core';
import { conv2dProduct } from '@dpquant/quantization';
import { addBiasAndActivate } from './activation.ts';
import { convolutionProblem, type ConvolutionLayer } from './convolution.ts';
import { exampleOutputShape, weightOf, type LayerRule } from './layerRule.ts';

/** Conv1D: a 2D convolution of images of height 1. */
export const conv1dRule: LayerRule = {
  className: 'Conv1D',

  call(layer, x, pass) {
    const { strides, padding } = layer as ConvolutionLayer;
    const kernel = weightOf(layer, 'kernel')!;
    const [size, channels, filters] = kernel.shape as [number, number, number];
    const [n, length] = x.shape as [number, number];
    const filterShape: [number, number, number, number] = [1, size, channels, filters];
    const product = conv2dProduct({
      inputShape: [n, 1, length, channels],
      filterShape,
      strides: [1, strides[0]!],
      padding: padding as 'same' | 'valid',
    });
    const image = tf.reshape(x, [n, 1, length, channels]);
    const y = tf.squeeze(pass.product(layer.name, image, kernel, product, filterShape), [1]);
    return addBiasAndActivate(pass, layer, y);
  },

  quantizableProduct(layer) {
    const [length] = exampleOutputShape(layer) as [number];
    return { multiplyAccumulates: length * weightOf(layer, 'kernel')!.size };
  },

  problem: (layer) => convolutionProblem(layer),
};
