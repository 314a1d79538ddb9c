import type * as tfl from '@tensorflow/tfjs-layers';
import type { ResidualNetworkOptions } from './modelOptions.ts';
import { residualNetwork } from './residualNetwork.ts';

/**
 * ResNet-50 (He et al., arXiv 1512.03385) with group normalization in place of batch normalization,
 * in the variant v1.5, which has the strides in the 3×3 convolutions (Goyal et al., arXiv
 * 1706.02677). Returns logits.
 *
 * At 32×32×3 and ten classes: 23,520,842 parameters, 1,297,829,888 multiply-accumulates; at
 * 224×224×3 and a thousand classes: 25,557,032 parameters, 4,089,184,256 multiply-accumulates.
 */
export function resnet50(options: ResidualNetworkOptions): tfl.LayersModel {
  return residualNetwork('resnet50', options, {
    kind: 'bottleneck',
    counts: [3, 4, 6, 3],
    width: 64,
  });
}
