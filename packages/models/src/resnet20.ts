import type * as tfl from '@tensorflow/tfjs-layers';
import type { ResidualNetworkOptions } from './modelOptions.ts';
import { residualNetwork } from './residualNetwork.ts';

/**
 * ResNet-20 for small images (He et al., arXiv 1512.03385, section 4.2) with group normalization in
 * place of batch normalization: stem 3×3, three stages of three basic blocks with 16, 32 and 64
 * filters. The two shortcuts between stages are convolutions 1×1 (option B), as in the other
 * residual networks; the paper's shortcuts have no weights (option A). Returns logits.
 *
 * At 32×32×3 and ten classes: 272,474 parameters (the paper: 0.27 M), 40,813,184
 * multiply-accumulates; at 28×28×1: 272,186 and 31,021,952.
 */
export function resnet20(options: ResidualNetworkOptions): tfl.LayersModel {
  return residualNetwork('resnet20', options, { kind: 'basic', counts: [3, 3, 3], width: 16 });
}
