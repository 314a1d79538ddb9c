import { GroupNormalization } from '../layers/groupNormalization.ts';
import { weightOf, type LayerRule } from './layerRule.ts';

/** GroupNormalization: x̂·gamma + beta; the normalization itself has no weight and stays inside an example. */
export const groupNormalizationRule: LayerRule = {
  className: GroupNormalization.className,

  call(layer, x, pass) {
    const normalized = (layer as GroupNormalization).normalize(x);
    const scaled = pass.multiplyChannels(layer.name, normalized, weightOf(layer, 'gamma')!);
    return pass.addBias(layer.name, scaled, weightOf(layer, 'beta')!);
  },

  quantizableProduct: () => null,
};
