import * as tf from '@tensorflow/tfjs-core';
import { perExample, type Operand } from '../operand.ts';
import { float16Kernels, isMultipliedInFloat16 } from './float16Kernels.ts';
import {
  integerKernels,
  isMultipliedAsIntegers,
  type ScaledProductAttributes,
} from './integerKernels.ts';
import { scalesOfProduct } from './scales.ts';

/** A product of the codes of two operands, of which the first has the examples. */
export interface CodeProduct {
  readonly operands: readonly [Operand, Operand];
  /** Number of terms of a sum. */
  readonly length: number;
  /** Which of the kernels for integers, or for numbers of binary16, computes it. */
  readonly kernel: keyof typeof float16Kernels;
  /** What the kernel is given besides scales and `ScaledProductAttributes`. */
  readonly inputs: tf.NamedTensorMap;
  readonly attributes: object;
  /** The same product of codes in float32, with the examples on its first axis. */
  inFloat32(): tf.Tensor;
}

/**
 * The product of two operands, scaled: of their codes by the backend's kernel for integers or for numbers of
 * binary16 where it has one and they are such, else in float32. To be called in a tidy.
 */
export function multiplyOperands(product: CodeProduct): tf.Tensor {
  const { operands, length, kernel, inputs, attributes } = product;
  const [first, second] = operands;
  const scales = scalesOfProduct(first, second);
  const run = (name: string, more: object) =>
    tf.engine().runKernel(name, scales === null ? inputs : { ...inputs, scales }, {
      ...attributes,
      ...more,
    } as unknown as tf.NamedAttrMap) as tf.Tensor;
  if (isMultipliedAsIntegers(integerKernels[kernel], first, second, length)) {
    const largest = [first.largestInteger!, second.largestInteger!] as const;
    return run(integerKernels[kernel], { largest } satisfies ScaledProductAttributes);
  }
  if (isMultipliedInFloat16(float16Kernels[kernel], first, second)) {
    return run(float16Kernels[kernel], {});
  }
  const y = product.inFloat32();
  return scales === null ? y : tf.mul(y, perExample(scales, y.rank));
}
