import * as tf from '@tensorflow/tfjs-core';
import { tensorflowOperations } from '@dpquant/operations';
import { withExampleScales } from '../operand.ts';
import { multiplyOperands } from './codeProduct.ts';
import { gradientNormBounds } from './gradientNormBounds.ts';
import { float16Operations } from './float16Operations.ts';
import { gradientNormOperations, gradientNormPartOperations } from './gradientNormOperations.ts';
import { integerOperations, isWeightedSumOfIntegers } from './integerOperations.ts';
import type { LinearProduct, UnfoldedOperands } from './linearProduct.ts';
import { roundedSum } from './roundedSum.ts';
import { roundedSumOperations } from './roundedSumOperations.ts';
import { foldFactors, foldedFactors } from './scales.ts';

/** Geometry of a convolution. */
export interface Conv2dGeometry {
  /** [n, height, width, channels] */
  readonly inputShape: readonly [number, number, number, number];
  /** [height, width, channels in, channels out] */
  readonly filterShape: readonly [number, number, number, number];
  readonly strides: readonly [number, number];
  readonly padding: 'same' | 'valid';
}

/** y = conv2d(a, w) in NHWC without dilation; a position is a pixel of the output. */
export function conv2dProduct(geometry: Conv2dGeometry): LinearProduct {
  const inputShape = [...geometry.inputShape] as [number, number, number, number];
  const filterShape = [...geometry.filterShape] as [number, number, number, number];
  const strides = [...geometry.strides] as [number, number];
  const { padding } = geometry;
  const window = { strides, pad: padding };
  const info = tf.backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, padding);
  const positions = info.outHeight * info.outWidth;
  const p = info.filterHeight * info.filterWidth * info.inChannels;
  const d = info.outChannels;
  const sizes = { positions, p, d };
  const unfoldImages = (x: tf.Tensor, dy: tf.Tensor): UnfoldedOperands => ({
    inputs: tf.tidy(() => tf.reshape(windowsOf(x as tf.Tensor4D, info), [-1, positions, p])),
    outputGradients: tf.reshape(dy, [-1, positions, d]),
    isTransposed: false,
  });

  return {
    forward: (input, weights) =>
      tf.tidy(() => {
        const a = withExampleScales(input);
        const w = withExampleScales(weights);
        const x = a.codes as tf.Tensor4D;
        const filter = w.codes as tf.Tensor4D;
        return multiplyOperands({
          operands: [a, w],
          length: p,
          inIntegers: (scales, attributes) =>
            integerOperations.conv2d.run({ x, filter, ...scales }, { ...window, ...attributes }),
          inFloat16: (scales) => float16Operations.conv2d.run({ x, filter, ...scales }, window),
          inFloat32: () => tf.conv2d(x, filter, strides, padding),
        });
      }),

    inputGradient: (outputGradients, weights) =>
      tf.tidy(() => {
        const gradients = withExampleScales(outputGradients);
        const w = withExampleScales(weights);
        const dy = gradients.codes as tf.Tensor4D;
        const filter = w.codes as tf.Tensor4D;
        return multiplyOperands({
          operands: [gradients, w],
          length: info.filterHeight * info.filterWidth * d,
          inIntegers: (scales, attributes) =>
            integerOperations.conv2dInputGradient.run(
              { dy, filter, ...scales },
              { ...window, inputShape, ...attributes },
            ),
          inFloat16: (scales) =>
            float16Operations.conv2dInputGradient.run(
              { dy, filter, ...scales },
              { ...window, inputShape },
            ),
          inFloat32: () => tf.conv2dTranspose(dy, filter, inputShape, strides, padding),
        });
      }),

    squaredWeightGradientNorms(inputs, outputGradients, method) {
      const patches = new Float32Array(positions * p);
      return gradientNormBounds(inputs, outputGradients, {
        norms: (operands, attributes) =>
          gradientNormOperations.conv2d.run(operands, { ...window, filterShape, ...attributes }),
        normParts: (operands, attributes) =>
          gradientNormPartOperations.conv2d.run(operands, {
            ...window,
            filterShape,
            ...attributes,
          }),
        sum: roundedSumOperations.conv2d,
        sizes,
        method,
        inputsOf(images, i) {
          unfold(images, i, info, patches);
          return patches;
        },
      });
    },

    roundedWeightGradient: (inputs, outputGradients, factors) =>
      roundedSum(inputs, outputGradients, factors, {
        sizes,
        byKernel: ({ a, dy }, attributes) =>
          roundedSumOperations.conv2d.run(
            { x: a as tf.Tensor4D, dy: dy as tf.Tensor4D },
            { ...window, filterShape, ...attributes },
          ),
        unfold: unfoldImages,
      }),

    clippedWeightGradient: (inputs, outputGradients, factors) =>
      tf.tidy(() => {
        const a = withExampleScales(inputs);
        const dy = withExampleScales(outputGradients);
        const x = a.codes as tf.Tensor4D;
        const sum = integerOperations.conv2dWeightGradient;
        if (isWeightedSumOfIntegers(sum, a, dy, positions)) {
          const folded = foldedFactors(a.scales, dy.scales, factors);
          const attributes = { ...window, filterShape, factors: folded };
          return sum.require({ x, dy: dy.codes as tf.Tensor4D }, attributes);
        }
        return tensorflowOperations.conv2dBackpropFilter.require(
          { x, dy: foldFactors(dy, a.scales, factors) as tf.Tensor4D },
          { ...window, dataFormat: 'NHWC', filterShape },
        );
      }),

    unfold: unfoldImages,
  };
}

/**
 * The transposed product, y = conv2dTranspose(a, w) of Conv2DTranspose. Its forward product is the
 * input gradient of the convolution with this geometry; in the weight gradient, inputs and output
 * gradients are swapped.
 *
 * @param geometry geometry of the convolution that maps the layer's *outputs* to its inputs
 */
export function conv2dTransposeProduct(geometry: Conv2dGeometry): LinearProduct {
  const product = conv2dProduct(geometry);
  return {
    forward: (a, w) => product.inputGradient(a, w),
    inputGradient: (dy, w) => product.forward(dy, w),
    squaredWeightGradientNorms: (a, dy, method) =>
      product.squaredWeightGradientNorms(dy, a, method),
    roundedWeightGradient: (a, dy, factors) => product.roundedWeightGradient(dy, a, factors),
    clippedWeightGradient: (a, dy, factors) => product.clippedWeightGradient(dy, a, factors),
    unfold(x, dy) {
      const { inputs, outputGradients } = product.unfold(dy, x);
      return { inputs: outputGradients, outputGradients: inputs, isTransposed: true };
    },
  };
}

/**
 * [n, outHeight, outWidth, filterHeight·filterWidth·inChannels]: the inputs under each tap of the
 * filter.
 */
function windowsOf(images: tf.Tensor4D, info: tf.backend_util.Conv2DInfo): tf.Tensor {
  const { padInfo, outHeight, outWidth, strideHeight, strideWidth } = info;
  const padded = tf.pad(images, [
    [0, 0],
    [padInfo.top, padInfo.bottom],
    [padInfo.left, padInfo.right],
    [0, 0],
  ]);
  const [n, , , channels] = images.shape;
  const places: tf.Tensor[] = [];
  for (let y = 0; y < info.filterHeight; y++) {
    for (let x = 0; x < info.filterWidth; x++) {
      const end = [
        n,
        y + (outHeight - 1) * strideHeight + 1,
        x + (outWidth - 1) * strideWidth + 1,
        channels,
      ];
      places.push(tf.stridedSlice(padded, [0, y, x, 0], end, [1, strideHeight, strideWidth, 1]));
    }
  }
  return places.length === 1 ? places[0]! : tf.concat(places, 3);
}

/**
 * Patches of example `example` of an NHWC batch: [outHeight·outWidth,
 * filterHeight·filterWidth·inChannels], zero outside the image.
 */
function unfold(
  images: Float32Array,
  example: number,
  info: tf.backend_util.Conv2DInfo,
  patches: Float32Array,
): void {
  const { inHeight, inWidth, inChannels, filterHeight, filterWidth } = info;
  const imageStart = example * inHeight * inWidth * inChannels;
  let target = 0;
  for (let outY = 0; outY < info.outHeight; outY++) {
    for (let outX = 0; outX < info.outWidth; outX++) {
      for (let filterY = 0; filterY < filterHeight; filterY++) {
        const y = outY * info.strideHeight - info.padInfo.top + filterY;
        for (let filterX = 0; filterX < filterWidth; filterX++) {
          const x = outX * info.strideWidth - info.padInfo.left + filterX;
          const inside = y >= 0 && y < inHeight && x >= 0 && x < inWidth;
          const source = imageStart + (y * inWidth + x) * inChannels;
          for (let channel = 0; channel < inChannels; channel++) {
            patches[target++] = inside ? images[source + channel]! : 0;
          }
        }
      }
    }
  }
}
