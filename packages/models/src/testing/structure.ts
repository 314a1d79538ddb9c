import { expect } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { layerInfo, validateModel } from '@dpquant/gradients';

export interface Structure {
  readonly parameters: number;
  /** Of the forward pass of one example. */
  readonly multiplyAccumulates: number;
  /** Number of layers that can run in low precision. */
  readonly products: number;
}

/** Checks that a model has this structure and can be trained privately; disposes the model. */
export function expectStructure(model: tfl.LayersModel, expected: Structure): void {
  const layers = layerInfo(model).filter(({ quantizable }) => quantizable);
  const found: Structure = {
    parameters: model.countParams(),
    multiplyAccumulates: layers.reduce((sum, layer) => sum + layer.multiplyAccumulates, 0),
    products: layers.length,
  };
  expect(found).toEqual(expected);
  expect(() => validateModel(model)).not.toThrow();
  model.dispose();
}

/** Checks that each of two images gets finite logits that do not depend on the other image. */
export function expectLogitsOfEachImage(model: tfl.LayersModel): void {
  const [images, second] = tf.tidy(() => {
    const both = tf.randomNormal(
      [2, ...model.inputs[0]!.shape.slice(1)] as number[],
      0,
      1,
      'float32',
      1,
    );
    return [both, tf.slice(both, [1], [1])];
  });
  const logits = [...(model.predict(images) as tf.Tensor).dataSync()];
  const alone = [...(model.predict(second) as tf.Tensor).dataSync()];
  expect(logits.every(Number.isFinite)).toBe(true);
  expect(logits).toHaveLength(2 * alone.length);
  expect(logits.slice(alone.length)).toEqual(alone);
  expect(logits.slice(0, alone.length)).not.toEqual(alone);
}
