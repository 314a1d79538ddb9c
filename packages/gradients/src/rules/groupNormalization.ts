import { GroupNormalization } from '../layers/groupNormalization.ts';
import { addBias, multiplyChannels } from './layerPass.ts';
import { weightOf, type LayerRule } from './layerRule.ts';

/** GroupNormalization: x̂·gamma + beta; the normalization itself has no weight and stays inside an example. */
export const groupNormalizationRule: LayerRule = {
  className: GroupNormalization.className,

  call(layer, x, pass) {
    const normalized = (layer as GroupNormalization).normalize(x);
    const scaled = multiplyChannels(pass, normalized, weightOf(layer, 'gamma')!);
    return addBias(pass, scaled, weightOf(layer, 'beta')!);
  },
};
