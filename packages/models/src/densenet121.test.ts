import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { densenet121 } from './densenet121.ts';
import { expectStructure } from './testing/structure.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

describe('densenet121', () => {
  it('has the documented parameters and multiply-accumulates', () => {
    expectStructure(densenet121({ inputShape: [32, 32, 3], classes: 10, seed: 1 }), {
      parameters: 6_956_298,
      multiplyAccumulates: 888_350_720,
      products: 121,
    });
  });

  it("equals torchvision's for ImageNet: 7,978,856 parameters, 2.834 G", () => {
    const model = densenet121({ inputShape: [224, 224, 3], classes: 1000, seed: 1 });
    const shapeOf = (layer: string) => (model.getLayer(layer).outputShape as number[]).slice(1);
    expect(shapeOf('stem-pool')).toEqual([56, 56, 64]);
    expect(shapeOf('block1-layer1-conv1')).toEqual([56, 56, 128]);
    expect(shapeOf('block1-layer6-concatenate')).toEqual([56, 56, 256]);
    expect(shapeOf('transition1-pool')).toEqual([28, 28, 128]);
    expect(shapeOf('block4-layer16-concatenate')).toEqual([7, 7, 1024]);
    expectStructure(model, {
      parameters: 7_978_856,
      multiplyAccumulates: 2_834_161_664,
      products: 121,
    });
  });

  it('refuses images that are too small for the poolings', () => {
    const build = (side: number, stem: 'cifar' | 'imagenet') => () =>
      densenet121({ inputShape: [32, side, 3], classes: 10, seed: 1, stem });
    expect(build(7, 'cifar')).toThrow(/densenet121.*at least 8×8 pixels, got \[32, 7, 3\]/);
    expect(build(28, 'imagenet')).toThrow(/at least 29×29/);
  });
});
