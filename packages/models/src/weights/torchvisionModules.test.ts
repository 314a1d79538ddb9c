import { beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { leafLayers } from '@dpquant/gradients';
import { resnet18 } from '../resnet18.ts';
import { resnet50 } from '../resnet50.ts';
import { pytorchNaming } from './pytorchNaming.ts';
import { torchvisionModules } from './torchvisionModules.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

/** Names and shapes of a model's weights in a torchvision state dict. */
const stateDictOf = (model: tfl.LayersModel) =>
  leafLayers(model)
    .flatMap((layer) => pytorchNaming(torchvisionModules.get(model.name))(layer, model))
    .map(({ name, shape }) => [name, [...shape]] as const);

/** Names and shapes of torchvision's networks, without the statistics of batch normalization. */
function torchvisionResnet(
  stemSize: number,
  classes: number,
  counts: readonly number[],
  isBottleneck: boolean,
): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  const convolution = (conv: string, norm: string, out: number, into: number, size: number) => {
    shapes.set(`${conv}.weight`, [out, into, size, size]);
    for (const part of ['weight', 'bias']) shapes.set(`${norm}.${part}`, [out]);
  };
  convolution('conv1', 'bn1', 64, 3, stemSize);
  let into = 64;
  for (const [stage, width] of [64, 128, 256, 512].entries()) {
    for (let block = 0; block < counts[stage]!; block++) {
      const path = `layer${stage + 1}.${block}`;
      const out = isBottleneck ? 4 * width : width;
      const sizes = isBottleneck ? [1, 3, 1] : [3, 3];
      const widths = isBottleneck ? [into, width, width, out] : [into, width, width];
      for (const [i, size] of sizes.entries()) {
        const part = `${path}.conv${i + 1}`;
        convolution(part, `${path}.bn${i + 1}`, widths[i + 1]!, widths[i]!, size);
      }
      if (into !== out) {
        convolution(`${path}.downsample.0`, `${path}.downsample.1`, out, into, 1);
      }
      into = out;
    }
  }
  return shapes.set('fc.weight', [classes, into]).set('fc.bias', [classes]);
}

it.each([
  [[32, 32, 3], 10, 3],
  [[224, 224, 3], 1000, 7],
] as const)('give resnet18 for %j the names of torchvision', (inputShape, classes, stemSize) => {
  const model = resnet18({ inputShape, classes, seed: 1 });
  expect(new Map(stateDictOf(model))).toEqual(
    torchvisionResnet(stemSize, classes, [2, 2, 2, 2], false),
  );
});

it('give resnet50 the names of torchvision', () => {
  const model = resnet50({ inputShape: [32, 32, 3], classes: 10, seed: 1 });
  expect(new Map(stateDictOf(model))).toEqual(torchvisionResnet(3, 10, [3, 4, 6, 3], true));
});
