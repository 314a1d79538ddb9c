import { conv2dProduct } from '@dpquant/quantization';
import { addBiasAndActivate } from './activation.ts';
import { convolutionProblem, type ConvolutionLayer } from './convolution.ts';
import { exampleOutputShape, weightOf, type LayerRule } from './layerRule.ts';

/** Conv2D: y = activation(conv2d(x, kernel) + bias), channels last, without dilation. */
export const conv2dRule: LayerRule = {
  className: 'Conv2D',

  call(layer, x, pass) {
    const { strides, padding } = layer as ConvolutionLayer;
    const kernel = weightOf(layer, 'kernel')!;
    const product = conv2dProduct({
      inputShape: x.shape as [number, number, number, number],
      filterShape: kernel.shape as [number, number, number, number],
      strides: strides as [number, number],
      padding: padding as 'same' | 'valid',
    });
    const y = pass.product(layer.name, x, kernel, product);
    return addBiasAndActivate(pass, layer, y);
  },

  quantizableProduct(layer) {
    const [height, width] = exampleOutputShape(layer) as [number, number];
    return { multiplyAccumulates: height * width * weightOf(layer, 'kernel')!.size };
  },

  problem: (layer) => convolutionProblem(layer),
};
