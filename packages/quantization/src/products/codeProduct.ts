import * as tf from '@tensorflow/tfjs-core';
import { perExample, type Operand } from '../operand.ts';
import {
  areIntegers,
  type ProductScales,
  type ScaledProductAttributes,
} from './integerOperations.ts';
import { scalesOfProduct } from './scales.ts';

/** A product of the codes of two operands; the first operand has the examples. */
export interface CodeProduct {
  readonly operands: readonly [Operand, Operand];
  /** Number of terms in each sum. */
  readonly length: number;
  /** The result of one of `integerOperations`; null where the backend has no kernel for it. */
  inIntegers(scales: ProductScales, attributes: ScaledProductAttributes): tf.Tensor | null;
  /** The result of one of `float16Operations`; null where the backend has no kernel for it. */
  inFloat16(scales: ProductScales): tf.Tensor | null;
  /** The same product of codes in float32, with the examples on its first axis, without scales. */
  inFloat32(): tf.Tensor;
}

/**
 * The product of two operands, scaled. It is computed by the backend's kernel for integers or
 * binary16 if there is one and the codes allow it, otherwise in float32. Call it in a tidy.
 */
export function multiplyOperands(product: CodeProduct): tf.Tensor {
  const [first, second] = product.operands;
  const scales = scalesOfProduct(first, second);
  const byKernel = productByKernel(product, scales === null ? {} : { scales });
  if (byKernel) return byKernel;
  const y = product.inFloat32();
  return scales === null ? y : tf.mul(y, perExample(scales, y.rank));
}

function productByKernel(product: CodeProduct, scales: ProductScales): tf.Tensor | null {
  const [first, second] = product.operands;
  if (areIntegers(first, second, product.length)) {
    const largest = [first.largestInteger!, second.largestInteger!] as const;
    const y = product.inIntegers(scales, { largest });
    if (y) return y;
  }
  const areFloat16 = first.isFloat16 === true && second.isFloat16 === true;
  return areFloat16 ? product.inFloat16(scales) : null;
}
