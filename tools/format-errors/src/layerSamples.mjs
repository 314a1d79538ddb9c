import * as tf from '@tensorflow/tfjs-core';
import { loadMnist } from '@dpquant/data/mnist';
import { contribute, softmaxCrossEntropy, trainableVariables } from '@dpquant/gradients';
import { flatClipping } from '@dpquant/mechanisms';
import { smallCnn } from '@dpquant/models';
import { layerArithmetic } from '@dpquant/quantization';
import { philoxKeyFromSeed } from '@dpquant/random';

const batchSize = 128;
const steps = 60;
const learningRate = 0.5;

/**
 * Weights, inputs and output gradients of a layer of the small CNN after some training on
 * handwritten digits with clipped gradients, without noise: what a quantizer gets to see.
 *
 * @returns {name: {values, examples}}; `examples` values share a scale where the data are examples
 */
export async function layerSamples(layer, log) {
  const dataset = await loadMnist();
  const model = smallCnn({
    inputShape: dataset.inputShape,
    classes: dataset.classNames.length,
    seed: 1,
  });
  const variables = trainableVariables(model);
  const contributionOf = async (step, arithmetic) => {
    const rows = Uint32Array.from({ length: batchSize }, (_, i) => step * batchSize + i);
    const batch = await dataset.read(rows, { size: batchSize });
    const inputs = tf.tensor(batch.inputs, [batchSize, ...dataset.inputShape]);
    const targets = tf.tensor(batch.targets, [batchSize, ...dataset.targetShape]);
    const { mask, keys } = batch;
    const contribution = await contribute(
      model,
      { inputs, targets, mask, keys },
      {
        loss: softmaxCrossEntropy,
        clipping: flatClipping(1),
        arithmetic,
        randomness: { key: philoxKeyFromSeed(1), step },
      },
    );
    tf.dispose([inputs, targets]);
    return contribution;
  };
  const float32 = layerArithmetic('float32');
  for (let step = 0; step < steps; step++) {
    const contribution = await contributionOf(step, () => float32);
    for (const variable of variables) {
      const { sums, gridUnit } = contribution;
      const sum = Float32Array.from(sums.get(variable.name), (value) => value * gridUnit);
      const next = tf.tidy(() =>
        tf.sub(variable, tf.mul(tf.tensor(sum, variable.shape), learningRate / batchSize)),
      );
      variable.assign(next);
      next.dispose();
    }
  }
  log(`trained ${steps} steps of ${batchSize} examples`);

  // An arithmetic that multiplies in float32 and keeps what it was given.
  const seen = {};
  const watching = (operand) => ({
    ...float32[operand],
    quantize(x, ...rest) {
      seen[operand] = {
        values: x.dataSync().slice(),
        examples: operand === 'weights' ? 1 : batchSize,
      };
      return float32[operand].quantize(x, ...rest);
    },
  });
  const watched = {
    ...float32,
    activations: watching('activations'),
    weights: watching('weights'),
    outputGradients: watching('outputGradients'),
  };
  await contributionOf(steps, (name) => (name === layer ? watched : float32));
  return {
    [`${layer} weights`]: seen.weights,
    [`${layer} inputs`]: seen.activations,
    [`${layer} output gradients`]: seen.outputGradients,
  };
}
