import { beforeAll, describe, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { resnet18 } from './resnet18.ts';
import { expectLogitsOfEachImage, expectStructure } from './testing/structure.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

describe('resnet18', () => {
  it('has the documented parameters and multiply-accumulates', () => {
    expectStructure(resnet18({ inputShape: [32, 32, 3], classes: 10, seed: 1 }), {
      parameters: 11_173_962,
      multiplyAccumulates: 555_422_720,
      products: 21,
    });
  });

  it("equals torchvision's for ImageNet: 11,689,512 parameters, 1.814 G", () => {
    expectStructure(resnet18({ inputShape: [224, 224, 3], classes: 1000, seed: 1 }), {
      parameters: 11_689_512,
      multiplyAccumulates: 1_814_073_344,
      products: 21,
    });
  });

  it('gives each image independent logits', () => {
    expectLogitsOfEachImage(resnet18({ inputShape: [4, 5, 1], classes: 3, seed: 1, groups: 16 }));
  });
});
