import * as tf from '@tensorflow/tfjs-core';
import {
  gradientNormKernels,
  gradientNormPartKernels,
  integerKernels,
  quantizerKernels,
} from '@dpquant/quantization';

/** Kernels of which a backend may have the other form instead: for devices without float64. */
const otherForms = new Map<string, string>([
  [gradientNormKernels.matMul, gradientNormPartKernels.matMul],
  [gradientNormKernels.conv2d, gradientNormPartKernels.conv2d],
]);

/** Kernels of this project that a backend has none of: it runs what they are composed of. */
export function kernelsWithoutFastVersion(tensorflowName: string): string[] {
  const isThere = (kernel: string) => tf.getKernel(kernel, tensorflowName) !== undefined;
  return [quantizerKernels, integerKernels, gradientNormKernels]
    .flatMap((names): string[] => Object.values(names))
    .filter((kernel) => !isThere(kernel) && !isThere(otherForms.get(kernel) ?? kernel));
}
