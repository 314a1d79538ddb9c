import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { layerInfo, leafLayers, validateModel } from '@dpquant/gradients';
import { resnet18 } from './resnet18.ts';
import { pytorchNaming } from './weights/pytorchNaming.ts';
import { torchvisionResnetModule } from './weights/torchvisionModules.ts';

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

describe('resnet18', () => {
  it.each([
    [[32, 32, 3], 10, 11_173_962, 555_422_720],
    [[224, 224, 3], 1000, 11_689_512, 1_814_073_344],
  ] as const)(
    'for %j has the parameters and work of its description',
    (inputShape, classes, parameters, work) => {
      const model = resnet18({ inputShape, classes, seed: 1 });
      expect(model.countParams()).toBe(parameters);
      const products = layerInfo(model).filter(({ quantizable }) => quantizable);
      expect(products).toHaveLength(21);
      expect(products.reduce((sum, layer) => sum + layer.multiplyAccumulates, 0)).toBe(work);
      expect(model.outputShape).toEqual([null, classes]);
      expect(() => validateModel(model)).not.toThrow();
      const stemSize = inputShape[0] > 64 ? 7 : 3;
      expect(new Map(stateDictOf(model))).toEqual(torchvisionResnet18(stemSize, classes));
    },
  );

  it('gives each image logits of its own', () => {
    const model = resnet18({ inputShape: [8, 8, 1], classes: 3, seed: 1, groups: 16 });
    const images = tf.randomNormal([2, 8, 8, 1], 0, 1, 'float32', 1);
    const both = (model.predict(images) as tf.Tensor).dataSync();
    const second = (model.predict(tf.slice(images, [1], [1])) as tf.Tensor).dataSync();
    expect([...both.subarray(3)]).toEqual([...second]);
    expect(both.every(Number.isFinite)).toBe(true);
    expect([...both.subarray(0, 3)]).not.toEqual([...second]);
  });
});
