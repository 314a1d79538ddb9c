import type { OperationKernel } from '@dpquant/operations';
import { convolutionWeightGradientConfigs } from './gradients/convolutionWeightGradient.ts';
import { gradientNormPartConfigs } from './gradients/gradientNormParts.ts';
import { groupNormalizationConfig } from './normalization/groupNormalization.ts';
import { groupNormalizationGradientConfig } from './normalization/groupNormalizationGradient.ts';
import { integerMatMulWeightGradientConfig } from './gradients/integerMatMulWeightGradient.ts';
import { maxPoolGradConfig } from './pooling/maxPoolGrad.ts';
import { quantizeFloatsConfig } from './quantizers/quantizeFloats.ts';
import { quantizeIntegersConfig } from './quantizers/quantizeIntegers.ts';
import { quantizeLuqFp4Config } from './quantizers/quantizeLuqFp4.ts';
import { roundedSumConfigs } from './gradients/roundedSum.ts';
import { float16Conv2dConfig, integerConv2dConfig } from './products/scaledConv2d.ts';
import {
  float16Conv2dInputGradientConfig,
  integerConv2dInputGradientConfig,
} from './products/scaledConv2dInputGradient.ts';
import { float16MatMulConfig, integerMatMulConfig } from './products/scaledMatMul.ts';

/** The kernels in WGSL. */
export const webGpuKernels: readonly OperationKernel[] = [
  quantizeLuqFp4Config,
  quantizeIntegersConfig,
  quantizeFloatsConfig,
  integerMatMulConfig,
  integerMatMulWeightGradientConfig,
  integerConv2dConfig,
  integerConv2dInputGradientConfig,
  ...convolutionWeightGradientConfigs,
  maxPoolGradConfig,
  ...gradientNormPartConfigs,
  ...roundedSumConfigs,
  groupNormalizationConfig,
  groupNormalizationGradientConfig,
];

/** The kernels for devices with 16-bit floats in shaders. */
export const webGpuFloat16Kernels: readonly OperationKernel[] = [
  float16MatMulConfig,
  float16Conv2dConfig,
  float16Conv2dInputGradientConfig,
];
