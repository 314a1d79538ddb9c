import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { dequantize, type LayerArithmetic } from '@dpquant/quantization';
import type { ExampleKeys } from '@dpquant/random';
import type { ContributeOptions, ExampleBatch } from './contribute.ts';
import { onlyInput, withReplacedCalls } from './interception.ts';
import { trainableVariables } from './modelLayers.ts';
import { applyActivation } from './rules/activation.ts';
import { ruleFor } from './rules/registry.ts';
import { weightOf } from './rules/layerRule.ts';
import { operandRounding, type PassRounding } from './rules/tappedPass.ts';

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
  const round = (operand: 'activations' | 'weights' | 'outputGradients', values: tf.Tensor) =>
    dequantize(
      arithmetic[operand].quantize(values, operandRounding(rounding, layer.name, operand), keys),
    );
  const { multiply, gradients } = plainProduct(layer);
  const product = tf.customGrad((input, weights, save) => {
    const a = round('activations', input as tf.Tensor);
    const w = round('weights', weights as tf.Tensor);
    (save as tf.GradSaveFunc)([a, w]);
    return {
      value: multiply(a, w),
      gradFunc: (dy: tf.Tensor, [savedA, savedW]: tf.Tensor[]) =>
        gradients(round('outputGradients', dy), savedA!, savedW!),
    };
  });
  const y = product(x, kernel);
  return applyActivation(layer, bias ? tf.add(y, bias) : y);
}

interface PlainProduct {
  multiply(a: tf.Tensor, w: tf.Tensor): tf.Tensor;
  /** Gradients with respect to a and w. */
  gradients(dy: tf.Tensor, a: tf.Tensor, w: tf.Tensor): tf.Tensor[];
}

function plainProduct(layer: tfl.layers.Layer): PlainProduct {
  if (layer.getClassName() === 'Dense') {
    return {
      multiply: (a, w) => tf.matMul(a, w),
      gradients: (dy, a, w) => [tf.matMul(dy, w, false, true), tf.matMul(a, dy, true, false)],
    };
  }
  const { strides, padding } = layer as unknown as { strides: [number, number]; padding: 'same' };
  return {
    multiply: (a, w) => tf.conv2d(a as tf.Tensor4D, w as tf.Tensor4D, strides, padding),
    gradients: (dy, a, w) => [
      tf.conv2dTranspose(
        dy as tf.Tensor4D,
        w as tf.Tensor4D,
        a.shape as [number, number, number, number],
        strides,
        padding,
      ),
      tf
        .engine()
        .runKernel(
          'Conv2DBackpropFilter',
          { x: a, dy },
          { strides, pad: padding, dataFormat: 'NHWC', filterShape: w.shape },
        ) as tf.Tensor,
    ],
  };
}
