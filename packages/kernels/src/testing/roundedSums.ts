import { expect } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import {
  conv2dProduct,
  gradientNormOperations,
  matMulProduct,
  roundedSumOperations,
  type LinearProduct,
} from '@dpquant/quantization';
import { convolutionCases } from './integers.ts';
import { normal } from './normal.ts';

const { fround } = Math;
export const largest = 2 ** 22;

/** Rounds to the nearest whole number, with ties to even, in float64. */
export const rint = (x: number) => x + 1.5 * 2 ** 52 - 1.5 * 2 ** 52;

/** A layer: shapes of its operands, how they unfold, and its kernels. */
export interface Layer {
  readonly name: string;
  readonly aShape: number[];
  readonly dyShape: number[];
  readonly product: LinearProduct;
  readonly kernels: { readonly sum: string; readonly norms: string };
  /** Name of the input in the sum's kernel. */
  readonly inputName: 'a' | 'x';
  readonly attributes: object;
}

export function dense(n: number, positions: number, p: number, d: number): Layer {
  return {
    name: `matMul of ${n}·${positions} rows, ${p}×${d}`,
    aShape: [n, positions, p],
    dyShape: [n, positions, d],
    product: matMulProduct,
    kernels: {
      sum: roundedSumOperations.matMul.name,
      norms: gradientNormOperations.matMul.name,
    },
    inputName: 'a',
    attributes: {},
  };
}

export const convolutions = convolutionCases(25).map(
  ({ name, inputShape, filterShape, outputShape, strides, pad }): Layer => ({
    name: `conv2d ${name}`,
    aShape: inputShape,
    dyShape: outputShape,
    product: conv2dProduct({ inputShape, filterShape, strides, padding: pad }),
    kernels: {
      sum: roundedSumOperations.conv2d.name,
      norms: gradientNormOperations.conv2d.name,
    },
    inputName: 'x',
    attributes: { filterShape, strides, pad },
  }),
);

/** Values of both operands. */
export interface Values {
  readonly a: Float32Array;
  readonly dy: Float32Array;
}

export const sizeOf = tf.util.sizeFromShape;

export function valuesOf({ aShape, dyShape }: Layer): Values {
  return { a: normal(sizeOf(aShape), 1), dy: normal(sizeOf(dyShape), 2) };
}

/**
 * Gradients AᵀB of all examples by float32 chains in the order of positions; B is multiplied by
 * `scales` first.
 */
export function chains(
  { product, aShape, dyShape }: Layer,
  { a, dy }: Values,
  scales?: Float32Array,
) {
  const [x, gradients] = [tf.tensor(a, aShape), tf.tensor(dy, dyShape)];
  const { inputs, outputGradients } = product.unfold(x, gradients);
  const [n, positions, p] = inputs.shape;
  const d = outputGradients.shape[2];
  const [left, right] = [inputs.dataSync<'float32'>(), outputGradients.dataSync<'float32'>()];
  tf.dispose([x, gradients, inputs, outputGradients]);
  const all = Array.from({ length: n }, (_, example) => {
    const entries = new Float32Array(p * d);
    for (let t = example * positions; t < (example + 1) * positions; t++) {
      for (let i = 0; i < p; i++) {
        for (let j = 0; j < d; j++) {
          const b = fround(right[t * d + j]! * (scales?.[example] ?? 1));
          entries[i * d + j] = fround(entries[i * d + j]! + fround(left[t * p + i]! * b));
        }
      }
    }
    return entries;
  });
  return { all, positions };
}

/** Σ rint(fl(factor·gradient)) by plain loops. */
export function oracle(layer: Layer, values: Values, factors: Float32Array): Int32Array {
  const { all, positions } = chains(layer, values);
  const folded = positions === 1 ? chains(layer, values, factors).all : undefined;
  const sums = new Int32Array(all[0]!.length);
  factors.forEach((factor, i) => {
    if (factor === 0) return;
    for (let k = 0; k < sums.length; k++) {
      sums[k]! += rint(folded ? folded[i]![k]! : fround(factor * all[i]![k]!));
    }
  });
  return sums;
}

/** The same by the kernel. Throws if a tensor leaks. */
export function byKernel(
  { kernels, inputName, attributes, aShape, dyShape }: Layer,
  { a, dy }: Values,
  factors: Float32Array,
  areIntegers = false,
): Int32Array {
  const n = factors.length;
  const before = tf.memory().numTensors;
  const inputs = {
    [inputName]: tf.tensor(a, [n, ...aShape.slice(1)]),
    dy: tf.tensor(dy, [n, ...dyShape.slice(1)]),
  };
  const all = { ...attributes, factors, areIntegers } as unknown as tf.NamedAttrMap;
  const result = tf.engine().runKernel<tf.Tensor>(kernels.sum, inputs, all);
  expect(result.dtype).toBe('int32');
  const sums = result.dataSync<'int32'>().slice();
  tf.dispose([inputs, result]);
  expect(tf.memory().numTensors).toBe(before);
  return sums;
}
