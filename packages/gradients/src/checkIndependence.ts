import type * as tfl from '@tensorflow/tfjs-layers';
import type { ContributeOptions, ExampleBatch } from './contributeOptions.ts';
import {
  disposeBatch,
  withChangedExamples,
  withTwoTargets,
  type BatchChange,
} from './independence/changedBatch.ts';
import { requireIndependentGradients } from './independence/gradients.ts';
import {
  changedScales,
  syntheticBatches,
  syntheticFeed,
  setsToChange,
} from './independence/syntheticExamples.ts';
import {
  passStages,
  separateStages,
  takesIndices,
  type Pass,
  type Stage,
} from './independence/stages.ts';
import { leafLayers } from './modelLayers.ts';

/** Factors for the inputs of replaced examples in the given batch, for each set of them. */
const factors = [[1], [1e4, 0], [-1, 1], [NaN, 1e-4]] as const;

/**
 * Tests whether the model or its loss mixes examples. Some examples of a batch are replaced, and
 * for the others the outputs of each layer and of the loss must stay the same to the bit, and their
 * gradients to a relative difference of 10⁻⁶. For every two examples there is a test that replaces
 * the first and not the second. The tests are:
 *
 * - the whole model on the given batch, where replaced examples get the values of others, also
 *   multiplied by 10⁴, 0, −1 and NaN;
 * - each layer by itself, and the loss, on synthetic values of sizes from 10⁻⁴ to 10³⁰, which need
 *   not be possible outputs of the layers before it. Layers that run by a rule of this package are
 *   tested in the whole model only.
 *
 * Weights that a pass changes are refused, and so are outputs that differ between two passes over
 * the same batch. A model that passes may still mix examples in a way that none of these tests
 * finds.
 *
 * @param batch at least two examples that differ; public examples are enough
 * @throws Error that names the layer, or the loss
 */
export async function checkIndependence(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  loss: ContributeOptions['loss'],
): Promise<void> {
  const count = batch.mask.length;
  if (count < 2) throw new RangeError(`independence: expected at least two examples, got ${count}`);
  const pass = await repeatablePass(model, batch, loss);
  const changes = changesOf(model, batch);
  for (const { examples, make } of changes) {
    const changed = make();
    try {
      const { stages } = await passStages(model, changed, loss, true);
      refuseMixing(pass.stages, stages, examples);
    } finally {
      disposeBatch(changed);
    }
  }
  await requireSeparateStages(model, batch, loss, pass);
  await requireIndependentGradients(model, batch, loss, changes);
}

/**
 * The cheap part of `checkIndependence`, for a batch as large as in training: every second example
 * is replaced, then the others, and for the rest the outputs of each layer and of the loss must
 * stay the same to the bit. Gradients are not tested.
 *
 * @throws Error that names the layer, or the loss
 */
export async function checkValues(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  loss: ContributeOptions['loss'],
): Promise<void> {
  const { stages: before } = await passStages(model, batch, loss);
  for (const { examples, make } of changesOf(model, batch).slice(0, 2)) {
    const changed = make();
    try {
      const { stages } = await passStages(model, changed, loss, true);
      refuseMixing(before, stages, examples);
    } finally {
      disposeBatch(changed);
    }
  }
}

/** Replacements by copies of other examples, which are also scaled if inputs are not indices. */
function changesOf(model: tfl.LayersModel, batch: ExampleBatch): BatchChange[] {
  // An index cannot be scaled: it would be another index, or none.
  const readsIndices = leafLayers(model).some(takesIndices);
  return setsToChange(batch.mask.length).map((examples, i) => ({
    examples,
    make: () =>
      withChangedExamples(
        batch,
        changedScales(examples, readsIndices ? [1] : factors[i % factors.length]!),
      ),
  }));
}

/** The first of two passes over a batch, which must have the same outputs. */
async function repeatablePass(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  loss: ContributeOptions['loss'],
): Promise<Pass> {
  const first = await passStages(model, batch, loss);
  const second = await passStages(model, batch, loss);
  const stage = firstDifference(first.stages, second.stages, []);
  if (stage === null) return first;
  throw new Error(
    `${stage}: gives other values for the same batch the second time, so that it cannot be tested whether it keeps ` +
      'examples independent; keep no state from batch to batch, and draw random numbers in a layer rule with isRandom, ' +
      'keyed by example',
  );
}

/** Tests each layer and the loss by itself, on synthetic values. */
async function requireSeparateStages(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  loss: ContributeOptions['loss'],
  pass: Pass,
): Promise<void> {
  const count = batch.mask.length;
  const targets = await twoTargets(batch);
  const valuesOf = async (
    number: number,
    examples: readonly number[],
    scales: readonly number[],
  ) => {
    // The examples that stay have the first target in one batch, and the second in the other.
    const [all, other] = number === 0 ? targets : [targets[1], targets[0]];
    const changed = withTwoTargets(batch, all, other, examples);
    const feed = syntheticFeed(syntheticBatches[number]!, changedScales(examples, scales));
    try {
      return await separateStages(model, changed, loss, pass, feed);
    } finally {
      disposeBatch(changed);
    }
  };
  for (const [number, { changed }] of syntheticBatches.entries()) {
    const before = await valuesOf(number, [], []);
    for (const [i, examples] of setsToChange(count).entries()) {
      const after = await valuesOf(number, examples, changed[i % changed.length]!);
      refuseMixing(before, after, examples);
    }
  }
}

/** Two examples whose targets differ, if there are any. */
async function twoTargets({
  targets,
  mask,
}: ExampleBatch): Promise<[first: number, other: number]> {
  const values = await Promise.all([targets].flat().map(async (tensor) => tensor.data()));
  const textOf = (example: number) =>
    values
      .map((all) => {
        const size = all.length / mask.length;
        return all.slice(example * size, (example + 1) * size).join();
      })
      .join(';');
  const other = Array.from(mask.keys()).find((i) => textOf(i) !== textOf(0));
  return [0, other ?? 1];
}

function refuseMixing(
  before: readonly Stage[],
  after: readonly Stage[],
  changed: readonly number[],
): void {
  const stage = firstDifference(before, after, changed);
  if (stage === null) return;
  throw new Error(
    `${stage}: changing one example changes another example's output, so that clipping would ` +
      'not bound its influence; use operations that do not mix along the first axis',
  );
}

/**
 * Name of the first stage whose values differ, in any bit, for an example that was not changed;
 * null if there is none.
 */
function firstDifference(
  before: readonly Stage[],
  after: readonly Stage[],
  changed: readonly number[],
): string | null {
  const stage = before.find(({ digests }, i) =>
    digests.some(
      (digest, place) => !changed.includes(place) && digest !== after[i]!.digests[place],
    ),
  );
  return stage?.name ?? null;
}
