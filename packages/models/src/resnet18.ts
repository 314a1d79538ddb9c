import type * as tfl from '@tensorflow/tfjs-layers';
import type { ResidualNetworkOptions } from './modelOptions.ts';
import { residualNetwork } from './residualNetwork.ts';

/**
 * ResNet-18 (He et al., arXiv 1512.03385) with group normalization in place of batch normalization.
 * Returns logits.
 *
 * At 32×32×3 and ten classes: 11,173,962 parameters, 555,422,720 multiply-accumulates; at 224×224×3
 * and a thousand classes: 11,689,512 parameters, 1,814,073,344 multiply-accumulates.
 */
export function resnet18(options: ResidualNetworkOptions): tfl.LayersModel {
  return residualNetwork('resnet18', options, { kind: 'basic', counts: [2, 2, 2, 2], width: 64 });
}
