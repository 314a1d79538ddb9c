import type * as tf from '@tensorflow/tfjs-core';
import { addGaussianNoiseConfig } from './addGaussianNoise.ts';
import { gradientNormPartConfigs } from './gradientNormParts.ts';
import { integerMatMulConfig } from './integerMatMul.ts';
import { maxPoolGradConfig } from './maxPoolGrad.ts';
import { quantizeLuqFp4Config } from './quantizeLuqFp4.ts';

/** The kernels in WGSL. */
export const webGpuKernels: readonly tf.KernelConfig[] = [
  addGaussianNoiseConfig,
  quantizeLuqFp4Config,
  integerMatMulConfig,
  maxPoolGradConfig,
  ...gradientNormPartConfigs,
];
