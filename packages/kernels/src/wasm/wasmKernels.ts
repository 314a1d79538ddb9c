import type { OperationKernel, WrappingKernel } from '@dpquant/operations';
import { gatherWrapper } from './embedding/gather.ts';
import { unsortedSegmentSumConfig } from './embedding/unsortedSegmentSum.ts';
import { gradientNormConfigs } from './gradients/gradientNorms.ts';
import { roundedSumConfigs } from './gradients/roundedSum.ts';
import { integerConv2dConfigs } from './integers/integerConv2d.ts';
import { integerMatMulConfig } from './integers/integerMatMul.ts';
import { integerWeightGradientConfigs } from './integers/integerWeightGradient.ts';
import { addGridNoiseConfig } from './noise/addGridNoise.ts';
import { groupNormalizationConfigs } from './normalization/groupNormalization.ts';
import { avgPoolGradWrapper } from './pooling/avgPoolGrad.ts';
import { maxPoolGradConfig } from './pooling/maxPoolGrad.ts';
import { poolWrappers } from './pooling/pooling.ts';
import { batchMatMulWrapper } from './products/batchMatMul.ts';
import { conv2dWrapper } from './products/conv2d.ts';
import { conv2dBackpropFilterConfig } from './products/conv2dBackpropFilter.ts';
import { conv2dBackpropInputConfig } from './products/conv2dBackpropInput.ts';
import { convolutionWrappers } from './products/convolutionWindows.ts';
import { depthwiseConv2dBackpropConfigs } from './products/depthwiseConv2dBackprop.ts';
import { fusedConv2dWrapper } from './products/fusedConv2d.ts';
import { fusedMatMulWrapper } from './products/fusedMatMul.ts';
import { quantizerConfigs } from './quantizers/quantizers.ts';
import { castWrapper } from './repairs/cast.ts';
import { identityWrapper } from './repairs/identity.ts';
import { oneHotWrapper } from './repairs/oneHot.ts';
import { preluWrapper } from './repairs/prelu.ts';
import { reductionWrappers } from './repairs/reductions.ts';

/** The kernels for the WASM backend: new ones, and those that wrap the backend's own kernel. */
export const wasmKernels: readonly (OperationKernel | WrappingKernel)[] = [
  gatherWrapper,
  unsortedSegmentSumConfig,
  ...gradientNormConfigs,
  ...roundedSumConfigs,
  ...integerConv2dConfigs,
  integerMatMulConfig,
  ...integerWeightGradientConfigs,
  addGridNoiseConfig,
  ...groupNormalizationConfigs,
  avgPoolGradWrapper,
  maxPoolGradConfig,
  ...poolWrappers,
  batchMatMulWrapper,
  conv2dWrapper,
  conv2dBackpropFilterConfig,
  conv2dBackpropInputConfig,
  ...convolutionWrappers,
  ...depthwiseConv2dBackpropConfigs,
  fusedConv2dWrapper,
  fusedMatMulWrapper,
  ...quantizerConfigs,
  castWrapper,
  identityWrapper,
  oneHotWrapper,
  preluWrapper,
  ...reductionWrappers,
];
