import { addBiasAndActivate } from './activation.ts';
import { convolutionProblem, type ConvolutionLayer } from './convolution.ts';
import { depthwiseConvolution } from './depthwiseConvolution.ts';
import { weightOf, type LayerRule } from './layerRule.ts';

/** DepthwiseConv2D: each channel has its own filters. Always in float32. */
export const depthwiseConv2dRule: LayerRule = {
  className: 'DepthwiseConv2D',

  call(layer, x, pass) {
    const { strides, padding } = layer as ConvolutionLayer;
    const y = depthwiseConvolution(
      pass,
      x,
      weightOf(layer, 'depthwiseKernel')!,
      strides as [number, number],
      padding as 'same' | 'valid',
    );
    return addBiasAndActivate(pass, layer, y);
  },

  problem: (layer) => convolutionProblem(layer),
};
