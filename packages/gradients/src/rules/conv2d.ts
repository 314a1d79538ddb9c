import { conv2dProduct } from '@dpquant/quantization';
import { addBiasAndActivate } from './activation.ts';
import { convolutionGeometry, convolutionProblem } from './convolution.ts';
import { exampleOutputShape, weightOf, type LayerRule } from './layerRule.ts';

/** Conv2D: y = activation(conv2d(x, kernel) + bias), channels last, without dilation. */
export const conv2dRule: LayerRule = {
  className: 'Conv2D',

  call(layer, x, pass) {
    const kernel = weightOf(layer, 'kernel')!;
    const product = conv2dProduct(convolutionGeometry(layer, x.shape, kernel.shape));
    const y = pass.product(layer.name, x, kernel, product);
    return addBiasAndActivate(pass, layer, y);
  },

  quantizableProduct(layer) {
    const [height, width] = exampleOutputShape(layer) as [number, number];
    return { multiplyAccumulates: height * width * weightOf(layer, 'kernel')!.size };
  },

  problem: (layer) => convolutionProblem(layer),
};
