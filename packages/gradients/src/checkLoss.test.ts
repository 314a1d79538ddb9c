import { beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { checkLoss } from './checkLoss.ts';
import { binaryCrossEntropy, meanSquaredError, softmaxCrossEntropy } from './losses.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const { activation, dense, softmax } = tfl.layers;
const modelOf = (...layers: tfl.layers.Layer[]) => tfl.sequential({ layers });
const first = () => dense({ inputShape: [4], units: 3 });

it.each([
  [
    'an activation of the last layer',
    () => modelOf(dense({ inputShape: [4], units: 3, activation: 'softmax' })),
  ],
  ['an activation layer', () => modelOf(first(), activation({ activation: 'softmax' }))],
  ['a softmax layer', () => modelOf(first(), softmax({}))],
  [
    'before a linear one',
    () => modelOf(first(), softmax({}), activation({ activation: 'linear' })),
  ],
  [
    'one before a reshaping layer',
    () => modelOf(first(), softmax({}), tfl.layers.reshape({ targetShape: [3] })),
  ],
  [
    'one in a nested model',
    () =>
      modelOf(
        modelOf(first()),
        modelOf(dense({ inputShape: [3], units: 3, activation: 'softmax' })),
      ),
  ],
])('refuses a softmax before a loss of logits: %s', (_, build) => {
  const before = build();
  expect(() => checkLoss(before, [], softmaxCrossEntropy)).toThrow(
    /^layer "[^"]+" \(\w+\): ends in a softmax, and the loss takes logits.*activation: 'linear'/,
  );
  // A loss of the user says nothing about logits.
  checkLoss(before, [3], meanSquaredError);
});

it('refuses a sigmoid before one too, and no other activation', () => {
  const one = (name: 'sigmoid' | 'tanh') =>
    modelOf(dense({ inputShape: [4], units: 1, activation: name }));
  expect(() => checkLoss(one('sigmoid'), [], binaryCrossEntropy)).toThrow(/ends in a sigmoid/);
  checkLoss(one('tanh'), [], binaryCrossEntropy);
  checkLoss(modelOf(first(), activation({ activation: 'relu' })), [], softmaxCrossEntropy);
});

it('refuses targets that do not fit, without data and without leaking a tensor', () => {
  const tensors = tf.memory().numTensors;
  const model = modelOf(first());
  const own = tf.memory().numTensors - tensors;
  expect(() => checkLoss(model, [5], meanSquaredError)).toThrow(/one shape \[n, …\]/);
  expect(() => checkLoss(model, [3], softmaxCrossEntropy)).toThrow(/categoricalCrossEntropy/);
  expect(() =>
    checkLoss(modelOf(dense({ inputShape: [4], units: 1 })), [], softmaxCrossEntropy),
  ).toThrow(/at least two classes/);
  checkLoss(model, [], softmaxCrossEntropy);
  expect(tf.memory().numTensors - tensors).toBe(own + 2);
});

it('follows the output through nested models only', () => {
  const input = tfl.input({ shape: [4] });
  const logits = dense({ units: 3, name: 'logits' }).apply(input) as tfl.SymbolicTensor;
  const shares = softmax({ name: 'shares' }).apply(logits) as tfl.SymbolicTensor;
  const both = tfl.model({ inputs: input, outputs: [logits, shares] });
  const outer = tfl.input({ shape: [4] });
  const outputs = both.apply(outer) as tfl.SymbolicTensor[];
  checkLoss(tfl.model({ inputs: outer, outputs: outputs[0]! }), [], softmaxCrossEntropy);
  expect(() =>
    checkLoss(tfl.model({ inputs: outer, outputs: outputs[1]! }), [], softmaxCrossEntropy),
  ).toThrow(/^layer "shares" \(Softmax\): ends in a softmax/);
});

it('accepts a target shape for each of several outputs', () => {
  const input = tfl.input({ shape: [4] });
  const outputs = [3, 1].map((units) => dense({ units }).apply(input) as tfl.SymbolicTensor);
  const model = tfl.model({ inputs: input, outputs });
  const losses = [softmaxCrossEntropy, meanSquaredError];
  checkLoss(model, [[], [1]], losses);
  expect(() => checkLoss(model, [[], [2]], losses)).toThrow(
    /^meanSquaredError: .*targets \[2, 2\]/,
  );
  expect(() => checkLoss(model, [[]], losses)).toThrow(/expected as many losses and targets/);
});
