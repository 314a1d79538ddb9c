import type * as tf from '@tensorflow/tfjs-core';
import { gradientNormPartConfigs } from './gradientNormParts.ts';
import { groupNormalizationConfig } from './groupNormalization.ts';
import { groupNormalizationGradientConfig } from './groupNormalizationGradient.ts';
import { integerMatMulConfig } from './integerMatMul.ts';
import { maxPoolGradConfig } from './maxPoolGrad.ts';
import { quantizeIntegersConfig } from './quantizeIntegers.ts';
import { quantizeLuqFp4Config } from './quantizeLuqFp4.ts';

/** The kernels in WGSL. */
export const webGpuKernels: readonly tf.KernelConfig[] = [
  quantizeLuqFp4Config,
  quantizeIntegersConfig,
  integerMatMulConfig,
  maxPoolGradConfig,
  ...gradientNormPartConfigs,
  groupNormalizationConfig,
  groupNormalizationGradientConfig,
];
