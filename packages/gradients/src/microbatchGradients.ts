import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import {
  conv2dProduct,
  dequantize,
  LayerMultiplication,
  matMulProduct,
  type LayerArithmetic,
  type LinearProduct,
  type Operand,
} from '@dpquant/quantization';
import type { ExampleKeys } from '@dpquant/random';
import type { ContributeOptions, ExampleBatch } from './contribute.ts';
import { onlyInput, withReplacedCalls } from './interception.ts';
import { trainableVariables } from './modelLayers.ts';
import { applyActivation } from './rules/activation.ts';
import { ruleFor } from './rules/registry.ts';
import { weightOf } from './rules/layerRule.ts';
import { layerRounding, type PassRounding } from './rules/tappedPass.ts';

/** Gradient of each example, formed alone. */
export interface MicrobatchGradients {
  /** One map an example: weight name → gradient, flat, in float64. */
  readonly gradients: readonly ReadonlyMap<string, Float64Array>[];
  /** L2 norms over all weights. */
  readonly norms: Float64Array;
}

/**
 * Per-example gradients one example at a time, by TensorFlow.js's own differentiation: slow and
 * plain, the truth that `contribute` is tested against. Layers in low precision multiply the
 * dequantized operands.
 */
export function microbatchGradients(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  options: Pick<ContributeOptions, 'loss' | 'arithmetic' | 'rounding'>,
): MicrobatchGradients {
  const count = batch.mask.length;
  const gradients = Array.from({ length: count }, (_, i) => {
    const keys: ExampleKeys = {
      rows: batch.keys.rows.slice(i, i + 1),
      views: batch.keys.views.slice(i, i + 1),
    };
    const replaced = (layer: tfl.layers.Layer) => {
      const arithmetic = options.arithmetic(layer.name);
      const quantizable = ruleFor(layer)?.quantizableProduct(layer) ?? null;
      if (quantizable === null || arithmetic.name === 'float32') return null;
      return (inputs: tf.Tensor | tf.Tensor[]) =>
        simulatedCall(layer, onlyInput(inputs), arithmetic, options.rounding, keys);
    };
    const gradientTensors = tf.tidy(() => {
      const example = (tensor: tf.Tensor) => tf.slice(tensor, [i], [1]);
      const loss = () => {
        const predictions = model.apply(example(batch.inputs), { training: true }) as tf.Tensor;
        const value = tf.sum(options.loss(predictions, example(batch.targets)));
        return tf.mul(value, batch.mask[i]!) as tf.Scalar;
      };
      return withReplacedCalls(model, replaced, () =>
        tf.variableGrads(loss, trainableVariables(model)),
      ).grads;
    });
    const values = new Map(
      Object.entries(gradientTensors).map(([name, gradient]) => [
        name,
        Float64Array.from(gradient.dataSync()),
      ]),
    );
    tf.dispose(gradientTensors);
    return values;
  });
  const norms = Float64Array.from(gradients, (weights) => {
    let squared = 0;
    for (const values of weights.values()) for (const value of values) squared += value * value;
    return Math.sqrt(squared);
  });
  return { gradients, norms };
}

/** Σ over the examples of min(1, C/‖g‖)·g, in float64; gradients that are not finite are left out. */
export function microbatchClippedSum(
  { gradients, norms }: MicrobatchGradients,
  clipNorm: number,
): Map<string, Float64Array> {
  const sums = new Map<string, Float64Array>();
  gradients.forEach((weights, i) => {
    for (const [name, values] of weights) {
      const sum = sums.get(name) ?? new Float64Array(values.length);
      sums.set(name, sum);
      if (!Number.isFinite(norms[i])) continue;
      const factor = Math.min(1, clipNorm / norms[i]!);
      values.forEach((value, j) => (sum[j]! += factor * value));
    }
  });
  return sums;
}

/** Dense or Conv2D on dequantized operands, with the gradients of TensorFlow.js's own kernels. */
function simulatedCall(
  layer: tfl.layers.Layer,
  x: tf.Tensor,
  arithmetic: LayerArithmetic,
  rounding: PassRounding,
  keys: ExampleKeys,
): tf.Tensor {
  const kernel = weightOf(layer, 'kernel')!;
  const bias = weightOf(layer, 'bias');
  const roundingOf = (purpose: Parameters<typeof layerRounding>[2]) =>
    layerRounding(rounding, layer.name, purpose);
  const quantize = (operand: 'activations' | 'weights' | 'outputGradients', values: tf.Tensor) => {
    const examples = operand === 'weights' ? undefined : keys;
    return arithmetic[operand].quantize(values, { ...roundingOf(operand), draw: 0 }, examples);
  };
  const { multiply, inputGradient, weightGradient, product: linear } = plainProduct(layer, x.shape);
  /** Where an arithmetic treats the weight gradient's operands apart, they are taken from it. */
  const mixedWeightGradient = (input: tf.Tensor, weights: tf.Tensor, dy: tf.Tensor) => {
    const multiplication = new LayerMultiplication({
      arithmetic,
      product: linear,
      rounding: roundingOf,
      examples: keys,
    });
    multiplication.forward(input, weights);
    multiplication.backward(dy, false);
    const operands = multiplication.weightGradientOperands;
    const [a, b] = [dequantize(operands.inputs), dequantize(operands.outputGradients)];
    multiplication.dispose();
    if (operands.product === linear) return weightGradient(b, a, weights);
    return tf.reshape(tf.matMul(tf.squeeze(a, [0]), tf.squeeze(b, [0]), true), weights.shape);
  };
  const product = tf.customGrad((input, weights, save) => {
    (save as tf.GradSaveFunc)([input as tf.Tensor]);
    const a = quantize('activations', input as tf.Tensor);
    return {
      value: scaledProduct(a, quantize('weights', weights as tf.Tensor), multiply),
      gradFunc: (dy: tf.Tensor, [savedInput]: tf.Tensor[]) => {
        // Quantized anew rather than kept: the same keys give the same codes.
        const inputs = quantize('activations', savedInput!);
        const gradients = quantize('outputGradients', dy);
        return [
          scaledProduct(gradients, quantize('weights', kernel), (codes, w) =>
            inputGradient(codes, inputs.codes, w),
          ),
          arithmetic.weightGradient
            ? mixedWeightGradient(savedInput!, kernel, dy)
            : weightGradient(dequantize(gradients), dequantize(inputs), kernel),
        ];
      },
    };
  });
  const y = product(x, kernel);
  return applyActivation(layer, bias ? tf.add(y, bias) : y);
}

/**
 * A product of one example's operands: codes first, then the scales, as layers multiply. Codes rounded
 * to nearest may lie exactly between two levels of the next layer, where the order of roundings tells.
 */
function scaledProduct(
  first: Operand,
  second: Operand,
  multiply: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const factor = ({ scales, scaleLayout }: Operand) =>
    scaleLayout === undefined ? (scales?.[0] ?? 1) : 1;
  const codes = (operand: Operand) =>
    operand.scaleLayout === undefined ? operand.codes : dequantize(operand);
  return tf.mul(multiply(codes(first), codes(second)), Math.fround(factor(first) * factor(second)));
}

interface PlainProduct {
  readonly product: LinearProduct;
  multiply(a: tf.Tensor, w: tf.Tensor): tf.Tensor;
  inputGradient(dy: tf.Tensor, a: tf.Tensor, w: tf.Tensor): tf.Tensor;
  weightGradient(dy: tf.Tensor, a: tf.Tensor, w: tf.Tensor): tf.Tensor;
}

function plainProduct(layer: tfl.layers.Layer, inputShape: number[]): PlainProduct {
  if (layer.getClassName() === 'Dense') {
    const rows = (x: tf.Tensor) => tf.reshape(x, [-1, x.shape.at(-1)!]);
    return {
      product: matMulProduct,
      multiply: (a, w) => tf.reshape(tf.matMul(rows(a), w), [...a.shape.slice(0, -1), w.shape[1]!]),
      inputGradient: (dy, a, w) => tf.reshape(tf.matMul(rows(dy), w, false, true), a.shape),
      weightGradient: (dy, a) => tf.matMul(rows(a), rows(dy), true, false),
    };
  }
  const { strides, padding } = layer as unknown as { strides: [number, number]; padding: 'same' };
  return {
    product: conv2dProduct({
      inputShape: inputShape as [number, number, number, number],
      filterShape: weightOf(layer, 'kernel')!.shape as [number, number, number, number],
      strides,
      padding,
    }),
    multiply: (a, w) => tf.conv2d(a as tf.Tensor4D, w as tf.Tensor4D, strides, padding),
    inputGradient: (dy, a, w) =>
      tf.conv2dTranspose(
        dy as tf.Tensor4D,
        w as tf.Tensor4D,
        a.shape as [number, number, number, number],
        strides,
        padding,
      ),
    weightGradient: (dy, a, w) =>
      tf
        .engine()
        .runKernel(
          'Conv2DBackpropFilter',
          { x: a, dy },
          { strides, pad: padding, dataFormat: 'NHWC', filterShape: w.shape },
        ) as tf.Tensor,
  };
}
