import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { layerArithmetic } from '@dpquant/quantization';
import type { ContributeOptions, ExampleBatch } from './contributeOptions.ts';
import { perExampleLosses } from './exampleLosses.ts';
import { onlyInput, ownCalls, withReplacedCalls } from './interception.ts';
import { ForwardPass } from './rules/forwardPass.ts';
import { PassArithmetic } from './rules/passArithmetic.ts';
import { ruleFor } from './rules/registry.ts';

/** By how much of its size a value may change through other sums in the same kernels. */
const tolerance = 1e-4;

/**
 * Probes the whole model and its loss for mixing examples: changes one example of a batch, and throws
 * an Error that names the first layer, or the loss, in which another one's values change. What passes
 * may still mix in ways that this one change does not show; layers with weights and known random
 * layers are covered by their rules.
 *
 * @param batch at least two examples that differ; public ones will do
 */
export async function checkIndependence(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  loss: ContributeOptions['loss'],
): Promise<void> {
  const count = batch.mask.length;
  if (count < 2) throw new RangeError(`independence: expected at least two examples, got ${count}`);
  // The first example becomes a copy of the second, which is valid input also where indices are.
  const changed = {
    ...batch,
    inputs: withoutFirst(batch.inputs),
    targets: withoutFirst(batch.targets),
  };
  const before = await valuesOf(model, batch, loss);
  const after = await valuesOf(model, changed, loss).finally(() => {
    tf.dispose([...changed.inputs, ...changed.targets]);
  });
  for (const [i, { stage, values }] of before.entries()) {
    const size = values.length / count;
    const others = after[i]!.values;
    let scale = 0;
    let difference = 0;
    for (let j = size; j < values.length; j++) {
      scale = Math.max(scale, Math.abs(values[j]!));
      difference = Math.max(difference, Math.abs(values[j]! - others[j]!));
    }
    if (!(difference <= tolerance * scale)) {
      throw new Error(
        `${stage}: changing one example changes what it gives for another, so that clipping would ` +
          'bound nothing; use operations that keep the first axis apart',
      );
    }
  }
}

interface StageValues {
  readonly stage: string;
  /** Example after example. */
  readonly values: Float32Array;
}

/** What every layer, and the loss, gives for a batch. */
async function valuesOf(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  loss: ContributeOptions['loss'],
): Promise<StageValues[]> {
  const stages: { stage: string; output: tf.Tensor }[] = [];
  const record = (stage: string, outputs: tf.Tensor | tf.Tensor[]) => {
    for (const output of [outputs].flat() as tf.Tensor[]) {
      if (output.shape[0] !== batch.mask.length) {
        throw new Error(
          `${stage}: expected ${batch.mask.length} examples on the first axis of its output, ` +
            `got [${output.shape.join(', ')}]`,
        );
      }
      stages.push({ stage, output: tf.keep(tf.clone(output)) });
    }
  };
  const float32 = layerArithmetic('float32');
  const rounding = { key: [0, 0], step: 0 } as const;
  const pass = new ForwardPass(new PassArithmetic(batch.keys, rounding, () => float32));
  const calls = ownCalls(model);
  const forward = () =>
    withReplacedCalls(
      model,
      (layer) => (inputs, kwargs) => {
        const rule = ruleFor(layer);
        const outputs = rule?.isRandom
          ? rule.call(layer, onlyInput(inputs), pass)
          : calls.get(layer)!(inputs, kwargs);
        record(`layer "${layer.name}" (${layer.getClassName()})`, outputs);
        return outputs;
      },
      () => {
        record('loss', perExampleLosses(model, batch, loss));
      },
    );
  const values: StageValues[] = [];
  try {
    tf.tidy(forward);
    for (const { stage, output } of stages) {
      values.push({ stage, values: Float32Array.from(await output.data()) });
    }
  } finally {
    tf.dispose(stages.map(({ output }) => output));
  }
  return values;
}

/** The second example in the first one's place. The caller owns the tensors. */
function withoutFirst(tensors: tf.Tensor | readonly tf.Tensor[]): tf.Tensor[] {
  return ([tensors].flat() as tf.Tensor[]).map((tensor) =>
    tf.tidy(() => {
      const count = tensor.shape[0]!;
      return tf.concat([tf.slice(tensor, [1], [1]), tf.slice(tensor, [1], [count - 1])]);
    }),
  );
}
