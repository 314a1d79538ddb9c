import * as tf from '@tensorflow/tfjs-core';
import {
  conv2dProduct,
  conv2dTerms,
  fp16,
  matMulProduct,
  matMulTerms,
  referenceProducts,
} from '@dpquant/quantization';
import { valuesOf } from '../conformanceCase.mjs';
import { integers, normal } from './values.mjs';

export const examples = 3;

function matMulGeometry(positions, p, d) {
  return {
    name: `matMul [${positions}, ${p}] × [${p}, ${d}]`,
    product: matMulProduct,
    window: null,
    terms: matMulTerms(positions, p, d),
    inputShape: [examples, positions, p],
    weightShape: [p, d],
    outputShape: [examples, positions, d],
  };
}

function conv2dGeometry(image, filter, strides, padding) {
  const inputShape = [examples, ...image];
  return {
    name: `conv2d ${filter.slice(0, 2).join('×')} of [${image}], strides ${strides}, ${padding}`,
    product: conv2dProduct({ inputShape, filterShape: filter, strides, padding }),
    window: { strides, pad: padding, filterShape: filter },
    terms: conv2dTerms({ input: image, filter, strides, padding }),
    inputShape,
    weightShape: filter,
    outputShape: tf.backend_util.computeConv2DInfo(inputShape, filter, strides, 1, padding)
      .outShape,
  };
}

export const geometries = [
  matMulGeometry(1, 33, 17),
  matMulGeometry(7, 20, 5),
  conv2dGeometry([7, 6, 3], [3, 3, 3, 5], [1, 1], 'same'),
  conv2dGeometry([8, 7, 4], [3, 2, 4, 3], [2, 2], 'same'),
  conv2dGeometry([6, 6, 2], [3, 3, 2, 4], [2, 1], 'valid'),
];

/** Numbers of binary16 from its subnormal ones up. */
const float16 = (size, seed) =>
  normal(size, seed).map((x, i) => fp16.decode(fp16.encode(x * 2 ** -(2 * (i % 9)))));

/**
 * Input, weight and output gradient of a product; whole numbers up to `largest`, numbers of
 * binary16 where that is 'float16', or normal values.
 */
function operandsOf({ inputShape, weightShape, outputShape }, largest) {
  const list = (shape, seed) => {
    const size = tf.util.sizeFromShape(shape);
    if (largest === 'float16') return float16(size, seed);
    return largest === null ? normal(size, seed) : integers(size, seed, largest);
  };
  return {
    input: list(inputShape, 1),
    weight: list(weightShape, 2),
    outputGradient: list(outputShape, 3),
  };
}

/** As operands, with a scale an example where they have integers. */
function asOperands({ inputShape, weightShape, outputShape }, values, largest) {
  const kind =
    largest === 'float16'
      ? { isFloat16: true }
      : largest === null
        ? {}
        : { largestInteger: largest };
  const operand = (codes, shape, scales) => ({
    codes: tf.tensor(codes, shape),
    scales,
    ...kind,
  });
  return {
    input: operand(values.input, inputShape, null),
    weight: operand(values.weight, weightShape, null),
    outputGradient: operand(values.outputGradient, outputShape, null),
  };
}

const factors = Float32Array.of(0.5, 1, 0.25);

/** Forward, input gradient and clipped weight gradient, and the norms behind it. */
function productCase(geometry, largest, agreement) {
  const { product, terms, name } = geometry;
  const what =
    typeof largest === 'number' ? `integers up to ${largest}, exact` : (largest ?? 'float32');
  return {
    group: 'products',
    name: `${name}, ${what}`,
    agreement,
    async compute() {
      const { input, weight, outputGradient } = asOperands(
        geometry,
        operandsOf(geometry, largest),
        largest,
      );
      const output = await product.forward(input, weight);
      const inputGradient = await product.inputGradient(outputGradient, weight);
      const weightGradient = await product.clippedWeightGradient(input, outputGradient, factors);
      tf.dispose([input.codes, weight.codes, outputGradient.codes]);
      return valuesOf({ output, inputGradient, weightGradient });
    },
    async expected() {
      const { weightGradients, ...others } = referenceProducts(
        terms,
        examples,
        operandsOf(geometry, largest),
      );
      const weightGradient = new Float64Array(terms.weightSize);
      weightGradients.forEach((value, i) => {
        weightGradient[i % terms.weightSize] += factors[Math.floor(i / terms.weightSize)] * value;
      });
      return { ...others, weightGradient };
    },
  };
}

/**
 * Upper bounds of the norms of per-example weight gradients, as float32 forms them: hardly below
 * those of the exact ones, and float32 may loosen them by 10⁻⁴.
 */
function normCase(geometry, largest, method) {
  const { product, name } = geometry;
  const least = 1 - (largest === null ? 1e-6 : 1e-15);
  return {
    group: 'gradient norms',
    name: `${name}, ${largest === null ? 'float32' : `integers up to ${largest}`}, ${method}`,
    agreement: { relative: 1e-4 },
    async compute() {
      const { input, weight, outputGradient } = asOperands(
        geometry,
        operandsOf(geometry, largest),
        largest,
      );
      const norms = await product.squaredWeightGradientNorms(input, outputGradient, method);
      tf.dispose([input.codes, weight.codes, outputGradient.codes]);
      const truths = squaredNorms(geometry, largest);
      return { norms, tooSmall: norms.map((norm, i) => (norm >= truths[i] * least ? 0 : 1)) };
    },
    async expected() {
      return { norms: squaredNorms(geometry, largest), tooSmall: new Float64Array(examples) };
    },
  };
}

function squaredNorms(geometry, largest) {
  const { weightGradients } = referenceProducts(
    geometry.terms,
    examples,
    operandsOf(geometry, largest),
  );
  const squares = new Float64Array(examples);
  weightGradients.forEach((value, i) => {
    squares[Math.floor(i / geometry.terms.weightSize)] += value ** 2;
  });
  return squares;
}

/** @type {import('../conformanceCase.mjs').ConformanceCase[]} */
export const productCases = geometries.flatMap((geometry) => [
  ...[7, 64, 127].map((largest) => productCase(geometry, largest, 'identical')),
  productCase(geometry, null, { relative: 1e-6 }),
  productCase(geometry, 'float16', { relative: 1e-6 }),
]);

/** @type {import('../conformanceCase.mjs').ConformanceCase[]} */
export const gradientNormCases = geometries.flatMap((geometry) =>
  ['ghost', 'instantiate'].flatMap((method) => [
    normCase(geometry, null, method),
    normCase(geometry, 64, method),
  ]),
);
