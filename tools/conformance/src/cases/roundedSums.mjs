import * as tf from '@tensorflow/tfjs-core';
import { referenceProducts, roundedSumOperations } from '@dpquant/quantization';
import { valuesOf } from '../conformanceCase.mjs';
import { examples, geometries } from './products.mjs';
import { integers } from './values.mjs';

const withoutKernel = 'it has no kernel: such sums are composed there of other operations';
const unsupported = Object.fromEntries(
  ['cpu', 'node', 'node-gpu'].map((backend) => [backend, withoutKernel]),
);

/**
 * Products with them are exact, in whatever order they are formed. Half an odd number is a tie; the
 * example whose factor is 0 is left out.
 */
const factors = Float32Array.of(0.5, 0, 2.5);

/**
 * Sums of per-example weight gradients, each rounded to whole numbers: exact, since operands are
 * whole numbers up to `largest`, also where they are multiplied as float32.
 */
function roundedSumCase(geometry, largest, areIntegers) {
  const { name, window, terms, inputShape, outputShape } = geometry;
  const input = integers(tf.util.sizeFromShape(inputShape), 1, largest);
  const outputGradient = integers(tf.util.sizeFromShape(outputShape), 2, largest);
  return {
    group: 'rounded sums',
    name: `${name}, ${areIntegers ? 'integers' : 'float32'} up to ${largest}`,
    agreement: 'identical',
    unsupported,
    async compute() {
      const left = tf.tensor(input, inputShape);
      const dy = tf.tensor(outputGradient, outputShape);
      const attributes = { factors, areIntegers };
      const sum =
        window === null
          ? roundedSumOperations.matMul.require({ a: left, dy }, attributes)
          : roundedSumOperations.conv2d.require({ x: left, dy }, { ...attributes, ...window });
      tf.dispose([left, dy]);
      return valuesOf({ sum });
    },
    async expected() {
      const weight = new Float32Array(terms.weightSize);
      const operands = { input, weight, outputGradient };
      const { weightGradients } = referenceProducts(terms, examples, operands);
      const sum = new Int32Array(terms.weightSize);
      weightGradients.forEach((value, i) => {
        const factor = factors[Math.floor(i / terms.weightSize)];
        sum[i % terms.weightSize] += roundedToEven(value * factor);
      });
      return { sum };
    },
  };
}

function roundedToEven(x) {
  const floor = Math.floor(x);
  return x - floor === 0.5 ? floor + (floor & 1) : Math.round(x);
}

/** @type {import('../conformanceCase.mjs').ConformanceCase[]} */
export const roundedSumCases = geometries.flatMap((geometry) => [
  roundedSumCase(geometry, 7, false),
  // Integers are summed over several positions.
  ...(geometry.terms.outputSize > geometry.outputShape.at(-1)
    ? [roundedSumCase(geometry, 127, true)]
    : []),
]);
