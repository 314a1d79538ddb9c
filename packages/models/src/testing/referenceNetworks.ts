import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { GroupNormalization } from '@dpquant/gradients';
import { parseSafetensors } from '../weights/safetensors.ts';
import { pytorchNetworks } from './pytorchNetworks.ts';

const relu = () => tfl.layers.reLU();
export const groupNormalization = (name: string) => new GroupNormalization({ name, groups: 2 });

/** The networks of tools/reference-data, with layers named like PyTorch's modules. */
export const networks = {
  convolutions: () =>
    tfl.sequential({
      layers: [
        tfl.layers.zeroPadding2d({ padding: [1, 1], inputShape: [7, 5, 3] }),
        tfl.layers.conv2d({ name: 'conv1', filters: 4, kernelSize: 3, strides: 2 }),
        groupNormalization('bn1'),
        relu(),
        tfl.layers.depthwiseConv2d({
          name: 'depthwise',
          kernelSize: 3,
          depthMultiplier: 2,
          padding: 'same',
        }),
        tfl.layers.conv2d({ name: 'conv2', filters: 4, kernelSize: 1, useBias: false }),
        relu(),
        tfl.layers.flatten(),
        tfl.layers.dropout({ rate: 0.5 }),
        tfl.layers.dense({ name: 'fc', units: 5 }),
      ],
    }),
  statistics: () =>
    tfl.sequential({
      layers: [
        tfl.layers.conv2dTranspose({
          name: 'up',
          filters: 3,
          kernelSize: 3,
          strides: 2,
          inputShape: [4, 4, 2],
        }),
        tfl.layers.batchNormalization({ name: 'bn', epsilon: 1e-5 }),
        relu(),
        tfl.layers.globalAveragePooling2d({}),
        tfl.layers.layerNormalization({ name: 'norm', epsilon: 1e-5 }),
        tfl.layers.dense({ name: 'fc', units: 2 }),
      ],
    }),
  sequences: () =>
    tfl.sequential({
      layers: [
        tfl.layers.embedding({ name: 'embedding', inputDim: 7, outputDim: 4, inputLength: 6 }),
        tfl.layers.conv1d({ name: 'conv', filters: 3, kernelSize: 3, activation: 'relu' }),
        tfl.layers.flatten(),
        tfl.layers.dense({ name: 'fc', units: 2 }),
      ],
    }),
};

/** The input of a network, PyTorch's output for it, and its state dict. */
export function reference(name: keyof typeof networks) {
  const bytes = Buffer.from(pytorchNetworks[name], 'base64');
  const tensors = new Map(parseSafetensors(bytes, name).tensors);
  const take = (key: string) => {
    const { shape, values } = tensors.get(key)!;
    tensors.delete(key);
    return tf.tensor(values as Float32Array, [...shape]);
  };
  return { input: take('input'), output: take('output'), tensors };
}
export const networkNames = Object.keys(networks) as (keyof typeof networks)[];
