import { matMulProduct } from '@dpquant/quantization';
import type { SelfAttention } from '../layers/selfAttention.ts';
import { addBias } from './layerPass.ts';
import { exampleOutputShape, weightOf, type LayerRule } from './layerRule.ts';

/** SelfAttention: the four projections in the layer's arithmetic, the attention in float32. */
export const selfAttentionRule: LayerRule = {
  className: 'SelfAttention',

  call: (layer, x, pass) =>
    (layer as SelfAttention).attendWith(x, (name, input) => {
      const kernel = weightOf(layer, `${name}Kernel`)!;
      const y = pass.product(layer.name, input, kernel, matMulProduct);
      const bias = weightOf(layer, `${name}Bias`);
      return bias ? addBias(pass, y, bias) : y;
    }),

  quantizableProduct(layer) {
    const [positions, width] = exampleOutputShape(layer) as [number, number];
    return { multiplyAccumulates: 4 * positions * width * width };
  },
};
