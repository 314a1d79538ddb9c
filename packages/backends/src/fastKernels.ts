import * as tf from '@tensorflow/tfjs-core';
import { gradientNormKernels, integerKernels, quantizerKernels } from '@dpquant/quantization';

/** Kernels of this project that a backend has none of: it runs what they are composed of. */
export function kernelsWithoutFastVersion(tensorflowName: string): string[] {
  return [quantizerKernels, integerKernels, gradientNormKernels]
    .flatMap((names): string[] => Object.values(names))
    .filter((kernel) => tf.getKernel(kernel, tensorflowName) === undefined);
}
