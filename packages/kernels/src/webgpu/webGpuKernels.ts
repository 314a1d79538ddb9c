import type { OperationKernel } from '@dpquant/operations';
import { convolutionWeightGradientConfigs } from './convolutionWeightGradient.ts';
import { gradientNormPartConfigs } from './gradientNormParts.ts';
import { groupNormalizationConfig } from './groupNormalization.ts';
import { groupNormalizationGradientConfig } from './groupNormalizationGradient.ts';
import { integerMatMulWeightGradientConfig } from './integerMatMulWeightGradient.ts';
import { maxPoolGradConfig } from './maxPoolGrad.ts';
import { quantizeFloatsConfig } from './quantizeFloats.ts';
import { quantizeIntegersConfig } from './quantizeIntegers.ts';
import { quantizeLuqFp4Config } from './quantizeLuqFp4.ts';
import { roundedSumConfigs } from './roundedSum.ts';
import { float16Conv2dConfig, integerConv2dConfig } from './scaledConv2d.ts';
import {
  float16Conv2dInputGradientConfig,
  integerConv2dInputGradientConfig,
} from './scaledConv2dInputGradient.ts';
import { float16MatMulConfig, integerMatMulConfig } from './scaledMatMul.ts';

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

/** Those for devices with 16-bit floats in shaders. */
export const webGpuFloat16Kernels: readonly OperationKernel[] = [
  float16MatMulConfig,
  float16Conv2dConfig,
  float16Conv2dInputGradientConfig,
];
