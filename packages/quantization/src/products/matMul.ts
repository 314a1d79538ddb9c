import * as tf from '@tensorflow/tfjs-core';
import { withExampleScales, type Operand } from '../operand.ts';
import { multiplyOperands } from './codeProduct.ts';
import { gradientNormBounds } from './gradientNormBounds.ts';
import { float16Operations } from './float16Operations.ts';
import { gradientNormOperations, gradientNormPartOperations } from './gradientNormOperations.ts';
import { integerOperations, isWeightedSumOfIntegers } from './integerOperations.ts';
import type { LinearProduct, UnfoldedOperands } from './linearProduct.ts';
import { roundedSum } from './roundedSum.ts';
import { roundedSumOperations } from './roundedSumOperations.ts';
import { foldFactors, foldedFactors } from './scales.ts';
import type { ProductSizes } from './squaredNorms.ts';

/**
 * y = a·w over the last axis: a [n, …, p], w [p, d], y and dy [n, …, d]. The axes between are
 * positions, each of which uses the weights once.
 */
export const matMulProduct: LinearProduct = {
  forward(a, w) {
    return tf.tidy(() => {
      const d = w.codes.shape[1]!;
      return product(a, w, false, [...a.codes.shape.slice(0, -1), d]);
    });
  },

  inputGradient(dy, w) {
    return tf.tidy(() => {
      const p = w.codes.shape[0];
      return product(dy, w, true, [...dy.codes.shape.slice(0, -1), p]);
    });
  },

  squaredWeightGradientNorms(a, dy, method) {
    const sizes = sizesOf(a.codes, dy.codes);
    const values = sizes.positions * sizes.p;
    return gradientNormBounds(a, dy, {
      norms: gradientNormOperations.matMul.run,
      normParts: gradientNormPartOperations.matMul.run,
      sum: roundedSumOperations.matMul,
      sizes,
      method,
      inputsOf: (all, i) => all.subarray(i * values, (i + 1) * values),
    });
  },

  roundedWeightGradient: (a, dy, factors) =>
    roundedSum(a, dy, factors, {
      sizes: sizesOf(a.codes, dy.codes),
      byKernel: roundedSumOperations.matMul.run,
      unfold: unfoldPositions,
    }),

  clippedWeightGradient(a, dy, factors) {
    return tf.tidy(() => {
      const inputs = withExampleScales(a);
      const gradients = withExampleScales(dy);
      const sum = integerOperations.matMulWeightGradient;
      const { positions } = sizesOf(inputs.codes, gradients.codes);
      if (isWeightedSumOfIntegers(sum, inputs, gradients, positions)) {
        const attributes = { factors: foldedFactors(inputs.scales, gradients.scales, factors) };
        const codes = { a: inputs.codes, dy: gradients.codes };
        return sum.require(codes, attributes);
      }
      const weighted = foldFactors(gradients, inputs.scales, factors);
      return tf.matMul(rows(inputs.codes), rows(weighted), true, false);
    });
  },

  unfold: unfoldPositions,
};

function unfoldPositions(x: tf.Tensor, dy: tf.Tensor): UnfoldedOperands {
  return { inputs: positionsOf(x), outputGradients: positionsOf(dy), isTransposed: false };
}

/** Sizes of one example of x [n, …, p] and dy [n, …, d]. */
function sizesOf(x: tf.Tensor, dy: tf.Tensor): ProductSizes {
  const [p, d] = [x.shape.at(-1)!, dy.shape.at(-1)!];
  return { positions: x.size / Math.max(1, x.shape[0] * p), p, d };
}

/** [n, …, channels] → [n, positions, channels]. The caller owns it. */
function positionsOf(x: tf.Tensor): tf.Tensor3D {
  const n = x.shape[0];
  const channels = x.shape.at(-1)!;
  return tf.reshape(x, [n, x.size / Math.max(1, n * channels), channels]);
}

/** [n, …, channels] → [n·positions, channels]. */
function rows(x: tf.Tensor): tf.Tensor2D {
  return tf.reshape(x, [-1, x.shape.at(-1)!]);
}

function product(x: Operand, w: Operand, transposeB: boolean, shape: number[]): tf.Tensor {
  const first = withExampleScales(x);
  const second = withExampleScales(w);
  const a = rows(first.codes);
  const b = second.codes as tf.Tensor2D;
  const y = multiplyOperands({
    operands: [first, second],
    length: a.shape[1],
    inIntegers: (scales, attributes) =>
      integerOperations.matMul.run({ a, b, ...scales }, { transposeB, ...attributes }),
    inFloat16: (scales) => float16Operations.matMul.run({ a, b, ...scales }, { transposeB }),
    inFloat32: () => tf.reshape(tf.matMul(a, b, false, transposeB), shape),
  });
  return tf.reshape(y, shape);
}
