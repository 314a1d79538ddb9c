import type * as tf from '@tensorflow/tfjs-core';
import { convolutionWeightGradientConfigs } from './convolutionWeightGradient.ts';
import { addGaussianNoiseConfig } from './addGaussianNoise.ts';
import { gradientNormPartConfigs } from './gradientNormParts.ts';
import { integerConv2dConfigs } from './integerConv2d.ts';
import { groupNormalizationConfig } from './groupNormalization.ts';
import { groupNormalizationGradientConfig } from './groupNormalizationGradient.ts';
import { integerMatMulConfig } from './integerMatMul.ts';
import { integerMatMulWeightGradientConfig } from './integerMatMulWeightGradient.ts';
import { maxPoolGradConfig } from './maxPoolGrad.ts';
import { quantizeFloatsConfig } from './quantizeFloats.ts';
import { quantizeIntegersConfig } from './quantizeIntegers.ts';
import { quantizeLuqFp4Config } from './quantizeLuqFp4.ts';

/** The kernels in WGSL. */
export const webGpuKernels: readonly tf.KernelConfig[] = [
  addGaussianNoiseConfig,
  quantizeLuqFp4Config,
  quantizeIntegersConfig,
  quantizeFloatsConfig,
  integerMatMulConfig,
  integerMatMulWeightGradientConfig,
  ...integerConv2dConfigs,
  ...convolutionWeightGradientConfigs,
  maxPoolGradConfig,
  ...gradientNormPartConfigs,
  groupNormalizationConfig,
  groupNormalizationGradientConfig,
];
