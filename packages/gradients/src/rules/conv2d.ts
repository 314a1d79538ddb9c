import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { conv2dProduct } from '@dpquant/quantization';
import { applyActivation } from './activation.ts';
import { exampleOutputShape, weightOf, type LayerRule } from './layerRule.ts';

interface Conv2dLayer extends tfl.layers.Layer {
  readonly strides: [number, number];
  readonly padding: string;
  readonly dilationRate: number | number[];
  readonly dataFormat: string;
}

/** Conv2D: y = activation(conv2d(x, kernel) + bias), channels last, without dilation. */
export const conv2dRule: LayerRule = {
  className: 'Conv2D',

  call(layer, x, pass) {
    const { strides, padding } = layer as Conv2dLayer;
    const kernel = weightOf(layer, 'kernel')!;
    const bias = weightOf(layer, 'bias');
    const product = conv2dProduct({
      inputShape: x.shape as [number, number, number, number],
      filterShape: kernel.shape as [number, number, number, number],
      strides,
      padding: padding as 'same' | 'valid',
    });
    let y: tf.Tensor = pass.product(layer.name, x, kernel, product);
    if (bias) y = pass.addBias(layer.name, y, bias);
    return applyActivation(layer, y);
  },

  quantizableProduct(layer) {
    const [height, width] = exampleOutputShape(layer) as [number, number];
    return { multiplyAccumulates: height * width * weightOf(layer, 'kernel')!.size };
  },

  problem(layer) {
    const { dataFormat, dilationRate, padding } = layer as Conv2dLayer;
    if (dataFormat !== undefined && dataFormat !== 'channelsLast') {
      return `its data format is ${dataFormat}; use channelsLast`;
    }
    if ([dilationRate ?? 1].flat().some((rate) => rate !== 1)) {
      return `its dilation rate is ${String(dilationRate)}; use a dilation rate of 1`;
    }
    if (padding !== 'same' && padding !== 'valid') {
      return `its padding is ${padding}; use same or valid`;
    }
    return null;
  },
};
