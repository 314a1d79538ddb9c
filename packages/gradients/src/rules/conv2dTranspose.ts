import { conv2dTransposeProduct } from '@dpquant/quantization';
import { addBiasAndActivate } from './activation.ts';
import { convolutionGeometry, convolutionProblem } from './convolution.ts';
import { exampleInputShape, weightOf, type LayerRule } from './layerRule.ts';

/** Conv2DTranspose: computes the input gradient of a convolution. Kernel [h, w, out, in]. */
export const conv2dTransposeRule: LayerRule = {
  className: 'Conv2DTranspose',

  call(layer, x, pass) {
    const kernel = weightOf(layer, 'kernel')!;
    const outputShape = layer.computeOutputShape(x.shape) as number[];
    const images = [x.shape[0], ...outputShape.slice(1)];
    const product = conv2dTransposeProduct(convolutionGeometry(layer, images, kernel.shape));
    const y = pass.product(layer.name, x, kernel, product);
    return addBiasAndActivate(pass, layer, y);
  },

  quantizableProduct(layer) {
    const [height, width] = exampleInputShape(layer) as [number, number];
    return { multiplyAccumulates: height * width * weightOf(layer, 'kernel')!.size };
  },

  problem: (layer) => convolutionProblem(layer),
};
