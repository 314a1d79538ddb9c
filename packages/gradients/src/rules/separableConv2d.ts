import { conv2dProduct } from '@dpquant/quantization';
import { addBiasAndActivate } from './activation.ts';
import { convolutionProblem, type ConvolutionLayer } from './convolution.ts';
import { depthwiseConvolution } from './depthwiseConvolution.ts';
import { exampleOutputShape, weightOf, type LayerRule } from './layerRule.ts';

/**
 * SeparableConv2D: a depthwise convolution in float32, then a 1×1 one in the layer's arithmetic.
 */
export const separableConv2dRule: LayerRule = {
  className: 'SeparableConv2D',

  call(layer, x, pass) {
    const { strides, padding } = layer as ConvolutionLayer;
    const pointwise = weightOf(layer, 'pointwiseKernel')!;
    const depthwise = depthwiseConvolution(
      pass,
      x,
      weightOf(layer, 'depthwiseKernel')!,
      strides as [number, number],
      padding as 'same' | 'valid',
    );
    const product = conv2dProduct({
      inputShape: depthwise.shape as [number, number, number, number],
      filterShape: pointwise.shape as [number, number, number, number],
      strides: [1, 1],
      padding: 'valid',
    });
    const y = pass.product(layer.name, depthwise, pointwise, product);
    return addBiasAndActivate(pass, layer, y);
  },

  quantizableProduct(layer) {
    const [height, width] = exampleOutputShape(layer) as [number, number];
    return { multiplyAccumulates: height * width * weightOf(layer, 'pointwiseKernel')!.size };
  },

  problem: (layer) => convolutionProblem(layer),
};
