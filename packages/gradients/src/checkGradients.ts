import type * as tfl from '@tensorflow/tfjs-layers';
import { noClipping } from '@dpquant/mechanisms';
import { layerArithmetic } from '@dpquant/quantization';
import { contribute } from './contribute.ts';
import type { ContributeOptions, ExampleBatch } from './contributeOptions.ts';
import { gradientsOfExamples, normOf, tapeGradients } from './microbatchGradients.ts';
import { trainableVariables } from './modelLayers.ts';

/** Largest relative difference that another order of summation may cause. */
const tolerance = 1e-3;

/** Largest upper bound that the norm of a zero gradient may have. */
const smallest = 1e-12;

/**
 * Compares the per-example gradients of a model, summed without clipping in float32, with the
 * gradient of the summed loss that TensorFlow.js itself computes, weight by weight. It finds errors
 * in a layer rule of your own, and weights that have no gradient. It then compares the norms with
 * those of the examples taken one at a time. Gradients that are not finite are not compared.
 *
 * If TensorFlow.js's own gradient of the batch is not the sum of its gradients of the examples, a
 * layer or the loss mixes examples, and the error says that no layer rule is wrong.
 *
 * @param batch public examples are enough
 * @throws Error that names the weights without gradient, or those whose gradients differ
 */
export async function checkGradients(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  loss: ContributeOptions['loss'],
): Promise<void> {
  const float32 = layerArithmetic('float32');
  const options = {
    loss,
    arithmetic: () => float32,
    randomness: { key: [0, 0], step: 0 },
    clipping: noClipping(),
  } as const;
  const expected = await tapeGradients(model, batch, options);
  refuse(
    trainableVariables(model)
      .map(({ name }) => name)
      .filter((name) => !expected.has(name)),
    'have no gradient, since the loss does not depend on them; leave them out of the model, or ' +
      'freeze their layer with trainable = false',
  );
  const { norms, missed } = await examplesAlone(model, batch, options, expected);
  const scale = norms.reduce((sum, norm) => sum + norm, 0);
  refuse(
    [...missed].filter(([, length]) => length > tolerance * scale).map(([name]) => name),
    'have a gradient of the batch that is not the sum of those of its examples taken one at a time: a layer ' +
      'or the loss mixes examples (checkIndependence names it); no layer rule is wrong',
  );
  const contribution = await contribute(model, batch, options);
  const different: string[] = [];
  for (const [name, sum] of contribution.sums) {
    const difference = distance(sum, expected.get(name)!);
    if (difference > tolerance * scale) different.push(name);
  }
  refuse(
    different,
    'have per-example gradients that do not add up to the gradient of the summed loss; correct the ' +
      'rule of their layer',
  );
  // The sum may be right although a rule mixes examples.
  const isWrong = (found: number, i: number) =>
    Math.abs(found - norms[i]!) > tolerance * Math.max(norms[i]!, scale / norms.length) + smallest;
  if (contribution.unsafe.norms.some(isWrong)) {
    throw new Error(
      'per-example gradients differ from those of the examples taken one at a time, though their sum is ' +
        'right: a layer rule mixes examples or leaves out a part of the norm; test it against microbatchGradients',
    );
  }
}

/**
 * Norms of the gradients of the examples taken one at a time, and the norm of the difference
 * between their sum and the expected sum, for each weight for which every example has a gradient.
 * The gradients are subtracted one by one: keeping all of them would take many times the memory of
 * a training step.
 */
async function examplesAlone(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  options: Parameters<typeof gradientsOfExamples>[2],
  expected: ReadonlyMap<string, Float32Array>,
): Promise<{ norms: number[]; missed: ReadonlyMap<string, number> }> {
  const norms: number[] = [];
  const rests = new Map([...expected].map(([name, sum]) => [name, Float64Array.from(sum)]));
  for await (const gradients of gradientsOfExamples(model, batch, options)) {
    norms.push(normOf(gradients));
    for (const [name, rest] of rests) {
      const gradient = gradients.get(name);
      if (!gradient) rests.delete(name);
      else for (let i = 0; i < rest.length; i++) rest[i]! -= gradient[i]!;
    }
  }
  return {
    norms,
    missed: new Map([...rests].map(([name, rest]) => [name, normOf(new Map([[name, rest]]))])),
  };
}

function refuse(weights: readonly string[], reason: string): void {
  if (weights.length === 0) return;
  throw new Error(`weights ${weights.map((name) => `"${name}"`).join(', ')}: ${reason}`);
}

/** L2 norm of a − b. */
function distance(a: Int32Array | Float32Array, b: Float32Array): number {
  let squared = 0;
  for (let i = 0; i < a.length; i++) squared += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(squared);
}
