import * as tf from '@tensorflow/tfjs-core';
import { matMulProduct } from '@dpquant/quantization';
import { addBiasAndActivate } from './activation.ts';
import { exampleOutputShape, weightOf, type LayerRule } from './layerRule.ts';

/** Dense: y = activation(x·kernel + bias) over the last axis. */
export const denseRule: LayerRule = {
  className: 'Dense',

  call(layer, x, pass) {
    const kernel = weightOf(layer, 'kernel')!;
    const y = pass.product(layer.name, x, kernel, matMulProduct);
    return addBiasAndActivate(pass, layer, y);
  },

  quantizableProduct(layer) {
    const kernel = weightOf(layer, 'kernel')!;
    const positions = tf.util.sizeFromShape(exampleOutputShape(layer).slice(0, -1));
    return { multiplyAccumulates: positions * kernel.size };
  },
};
