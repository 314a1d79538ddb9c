import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { layerInfo, validateModel } from '@dpquant/gradients';
import { resnet18 } from './resnet18.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

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
