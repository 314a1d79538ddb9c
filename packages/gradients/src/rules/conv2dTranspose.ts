import { conv2dTransposeProduct } from '@dpquant/quantization';
import { addBiasAndActivate } from './activation.ts';
import { convolutionProblem, type ConvolutionLayer } from './convolution.ts';
import { exampleInputShape, weightOf, type LayerRule } from './layerRule.ts';

/** Conv2DTranspose: the input gradient of a convolution, run forward. Kernel [h, w, out, in]. */
export const conv2dTransposeRule: LayerRule = {
  className: 'Conv2DTranspose',

  call(layer, x, pass) {
    const { strides, padding } = layer as ConvolutionLayer;
    const kernel = weightOf(layer, 'kernel')!;
    const outputShape = layer.computeOutputShape(x.shape) as number[];
    const product = conv2dTransposeProduct({
      inputShape: [x.shape[0]!, ...outputShape.slice(1)] as [number, number, number, number],
      filterShape: kernel.shape as [number, number, number, number],
      strides: strides as [number, number],
      padding: padding as 'same' | 'valid',
    });
    const y = pass.product(layer.name, x, kernel, product);
    return addBiasAndActivate(pass, layer, y);
  },

  quantizableProduct(layer) {
    const [height, width] = exampleInputShape(layer) as [number, number];
    return { multiplyAccumulates: height * width * weightOf(layer, 'kernel')!.size };
  },

  problem: (layer) => convolutionProblem(layer),
};
