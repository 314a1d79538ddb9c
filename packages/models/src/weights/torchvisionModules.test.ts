import { beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { leafLayers } from '@dpquant/gradients';
import { resnet18 } from '../resnet18.ts';
import { pytorchNaming } from './pytorchNaming.ts';
import { torchvisionResnetModule } from './torchvisionModules.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

/** Names and shapes that the weights of a model have in a state dict of torchvision. */
const stateDictOf = (model: tfl.LayersModel) =>
  leafLayers(model)
    .flatMap(pytorchNaming(torchvisionResnetModule))
    .map(({ name, shape }) => [name, [...shape]] as const);

/** Names and shapes of torchvision's resnet18, without the statistics of batch normalization. */
function torchvisionResnet18(stemSize: number, classes: number): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  const convolution = (conv: string, norm: string, out: number, into: number, size: number) => {
    shapes.set(`${conv}.weight`, [out, into, size, size]);
    for (const part of ['weight', 'bias']) shapes.set(`${norm}.${part}`, [out]);
  };
  convolution('conv1', 'bn1', 64, 3, stemSize);
  let into = 64;
  for (const [stage, out] of [64, 128, 256, 512].entries()) {
    for (const block of [0, 1]) {
      const path = `layer${stage + 1}.${block}`;
      convolution(`${path}.conv1`, `${path}.bn1`, out, into, 3);
      convolution(`${path}.conv2`, `${path}.bn2`, out, out, 3);
      if (into !== out) {
        convolution(`${path}.downsample.0`, `${path}.downsample.1`, out, into, 1);
      }
      into = out;
    }
  }
  return shapes.set('fc.weight', [classes, 512]).set('fc.bias', [classes]);
}

it.each([
  [[32, 32, 3], 10, 3],
  [[224, 224, 3], 1000, 7],
] as const)('give resnet18 for %j the names of torchvision', (inputShape, classes, stemSize) => {
  const model = resnet18({ inputShape, classes, seed: 1 });
  expect(new Map(stateDictOf(model))).toEqual(torchvisionResnet18(stemSize, classes));
});
