import { ownKernelNames } from '@dpquant/kernels';
import { gradientNormKernels, gradientNormPartKernels } from '@dpquant/quantization';

/** Kernels of which a backend may have the other form instead: for devices without float64. */
const otherForms = new Map<string, string>([
  [gradientNormKernels.matMul, gradientNormPartKernels.matMul],
  [gradientNormKernels.conv2d, gradientNormPartKernels.conv2d],
]);

/** Kernels of this project that there are none of for a backend: it runs what they are composed of. */
export function kernelsWithoutFastVersion(tensorflowName: string): string[] {
  const here = new Set(ownKernelNames(tensorflowName));
  const otherwise = new Set(otherForms.values());
  return ownKernelNames().filter(
    (kernel) =>
      !otherwise.has(kernel) && !here.has(kernel) && !here.has(otherForms.get(kernel) ?? kernel),
  );
}
