import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { ContributeOptions } from './contributeOptions.ts';
import { lossesOfPredictions } from './exampleLosses.ts';

/**
 * Refuses a loss that does not fit a model and its targets, without reading any data: a loss that
 * takes logits from a layer that ends in a softmax or sigmoid, and a loss that cannot be computed
 * for these shapes.
 *
 * @param targetShape of one example; or one shape for each of several outputs
 * @throws Error that names the remedy
 */
export function checkLoss(
  model: tfl.LayersModel,
  targetShape: readonly number[] | readonly (readonly number[])[],
  loss: ContributeOptions['loss'],
): void {
  const losses = [loss].flat();
  for (const [i, lossOf] of losses.entries()) {
    const output = model.outputs[i];
    if (output && lossOf.takesLogits) refuseProbabilities(output.sourceLayer, output);
  }
  const shapes = model.outputs.map(({ shape }) => shape.slice(1));
  if (!shapes.every((shape): shape is number[] => shape.every((size) => size !== null))) return;
  const isOfSeveral = Array.isArray(targetShape[0]);
  const targetShapes = (isOfSeveral ? targetShape : shapes.map(() => targetShape)) as number[][];
  const count = 2;
  tf.tidy(() => {
    const predictions = shapes.map((shape) => tf.zeros([count, ...shape]));
    const targets = targetShapes.map((shape) => tf.zeros([count, ...shape]));
    lossesOfPredictions(predictions, targets, loss, count);
  });
}

/** Activations whose results are probabilities. */
const probabilities = new Set(['softmax', 'sigmoid', 'hardSigmoid']);

/** Layers that only reshape their input, or drop values of it. */
const passing = new Set(['Flatten', 'Reshape', 'Permute', 'Dropout', 'RepeatVector']);

/**
 * @param output the output of the model that the layer computes, or a copy of it in another shape
 */
function refuseProbabilities(layer: tfl.layers.Layer, output: tfl.SymbolicTensor): void {
  const { outputs, layer: wrapped } = layer as {
    outputs?: readonly tfl.SymbolicTensor[];
    layer?: tfl.layers.Layer;
  };
  const inner = outputs?.[output.outputTensorIndex ?? 0];
  if (inner) {
    refuseProbabilities(inner.sourceLayer, inner);
  } else if (wrapped) {
    refuseProbabilities(wrapped, output);
  } else if (passing.has(layer.getClassName()) || isLinearActivation(layer)) {
    const before = layer.inboundNodes.flatMap(({ inputTensors }) => inputTensors);
    for (const tensor of before) refuseProbabilities(tensor.sourceLayer, tensor);
  } else {
    const { activation } = layer as { activation?: { getClassName?(): string } | null };
    const name = layer.getClassName() === 'Softmax' ? 'softmax' : activation?.getClassName?.();
    if (!name || !probabilities.has(name)) return;
    throw new Error(
      `layer "${layer.name}" (${layer.getClassName()}): ends in a ${name}, and the loss takes logits, so that ` +
        `it would be applied twice; leave the activation out (activation: 'linear', also in a saved model.json), ` +
        'or take a loss of probabilities',
    );
  }
}

function isLinearActivation(layer: tfl.layers.Layer): boolean {
  const { activation } = layer as { activation?: { getClassName?(): string } | null };
  return layer.getClassName() === 'Activation' && activation?.getClassName?.() === 'linear';
}
