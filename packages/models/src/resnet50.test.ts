import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { resnet50 } from './resnet50.ts';
import { expectStructure } from './testing/structure.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

describe('resnet50', () => {
  it('has the documented parameters and multiply-accumulates, and strides in the 3×3 convolutions', () => {
    const model = resnet50({ inputShape: [32, 32, 3], classes: 10, seed: 1 });
    const sides = [1, 2, 3].map(
      (i) => (model.getLayer(`stage2-block1-conv${i}`).outputShape as number[])[1],
    );
    expect(sides).toEqual([32, 16, 16]);
    expectStructure(model, {
      parameters: 23_520_842,
      multiplyAccumulates: 1_297_829_888,
      products: 54,
    });
  });

  it("equals torchvision's for ImageNet: 25,557,032 parameters, 4.089 G", () => {
    expectStructure(resnet50({ inputShape: [224, 224, 3], classes: 1000, seed: 1 }), {
      parameters: 25_557_032,
      multiplyAccumulates: 4_089_184_256,
      products: 54,
    });
  });
});
