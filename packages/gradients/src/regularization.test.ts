import { beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { regularizationGradients } from './regularization.ts';
import { everyLayerModel, randomizeWeights } from './testing/models.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const { dense } = tfl.layers;
const l1 = tfl.regularizers.l1({ l1: 0.01 });
const l2 = tfl.regularizers.l2({ l2: 0.1 });

it('a model without regularizers has none', () => {
  expect(regularizationGradients(everyLayerModel()).size).toBe(0);
});

it('differentiates the penalties of nested, shared and frozen layers, each once', () => {
  const shared = dense({ units: 3, kernelRegularizer: l2, biasRegularizer: l1 });
  const frozen = dense({ units: 3, kernelRegularizer: l2 });
  const inner = tfl.sequential({ layers: [dense({ inputShape: [3], units: 3 }), shared, frozen] });
  const input = tfl.input({ shape: [3] });
  const outputs = shared.apply(inner.apply(shared.apply(input))) as tfl.SymbolicTensor;
  const model = tfl.model({ inputs: input, outputs });
  randomizeWeights(model, 1);
  frozen.trainable = false;
  const before = tf.memory().numTensors;
  const gradients = regularizationGradients(model);
  const [kernel, bias] = shared.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const values = (tensor: tf.Tensor) => [...tensor.dataSync()];
  // d/dw 0.1·w² = 0.2·w, d/db 0.01·|b| = 0.01·sign(b).
  const closeTo = (x: number): unknown => expect.closeTo(x, 6);
  expect(values(gradients.get(kernel!.name)!)).toEqual(
    values(kernel!).map((w) => closeTo(0.2 * w)),
  );
  expect(values(gradients.get(bias!.name)!)).toEqual(
    values(bias!).map((b) => closeTo(0.01 * Math.sign(b))),
  );
  const rest = [...gradients.keys()].filter((name) => ![kernel!.name, bias!.name].includes(name));
  for (const name of rest) expect(values(gradients.get(name)!).every((x) => x === 0)).toBe(true);
  expect([...gradients.keys()]).not.toContain((frozen.weights[0]!.read() as tf.Variable).name);
  tf.dispose([...gradients.values()]);
  expect(tf.memory().numTensors).toBe(before);
});
