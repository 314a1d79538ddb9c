import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { ContributeOptions, ExampleBatch } from './contribute.ts';
import {
  disposeBatch,
  withExampleOf,
  withOneTarget,
  type ExampleChange,
} from './independence/changedBatch.ts';
import { requireIndependentGradients } from './independence/gradients.ts';
import { changedScales, madeUpBatches, madeUpFeed } from './independence/madeUpExamples.ts';
import { passStages, takesIndices, type Feed, type Stage } from './independence/stages.ts';
import { leafLayers } from './modelLayers.ts';

/**
 * Probes the whole model and its loss for mixing examples. One example at a time becomes another one, and
 * what each layer and the loss give for the others has to stay the same to the bit, and their gradients to
 * 10⁻⁶ of their size:
 *
 * - in the given batch, each example in turn gets the values of another one, and is scaled by 10⁴, 0, −1
 *   and NaN;
 * - then each layer and the loss by itself, on made-up values of sizes from 10⁻⁴ to 10³⁰, whatever the
 *   layers before it would give it. A layer that reads indices and one with other inputs than float32 are
 *   left to the given batch.
 *
 * Weights that a pass changes are refused, and so is what differs from one pass over a batch to the next. What
 * passes may still mix in ways that none of these changes shows.
 *
 * @param batch at least two examples that differ; public ones will do
 * @throws Error that names the layer, or the loss
 */
export async function checkIndependence(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  loss: ContributeOptions['loss'],
): Promise<void> {
  const count = batch.mask.length;
  if (count < 2) throw new RangeError(`independence: expected at least two examples, got ${count}`);
  const changes = changesOf(model, batch);
  const values = await repeatableStages(model, batch, loss);
  for (const { example, make } of changes) {
    const changed = make();
    try {
      refuseMixing(values, await passStages(model, changed, loss, asGiven), count, example);
    } finally {
      disposeBatch(changed);
    }
  }
  await requireIndependentStages(model, batch, loss);
  await requireIndependentGradients(model, batch, loss, changes);
}

/** Nothing else than what the layers give each other. */
const asGiven: Feed = (_, given) => given;

/** Each example in turn as a copy of the next, and in other sizes where inputs are no indices. */
function changesOf(model: tfl.LayersModel, batch: ExampleBatch): ExampleChange[] {
  const count = batch.mask.length;
  const others = Array.from({ length: count }, (_, example) => ({
    example,
    make: () => withExampleOf(batch, example, (example + 1) % count),
  }));
  // A model that reads indices takes no other numbers.
  if (leafLayers(model).some(takesIndices)) return others;
  const scaled = changedScales.map((scale, i) => ({
    example: i % count,
    make: () => withExampleOf(batch, i % count, (i + 1) % count, scale),
  }));
  return [...others, ...scaled];
}

/** What the stages give for a batch, twice the same. */
async function repeatableStages(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  loss: ContributeOptions['loss'],
): Promise<Stage[]> {
  const first = await passStages(model, batch, loss);
  const second = await passStages(model, batch, loss);
  const stage = firstDifference(first, second, batch.mask.length, null);
  if (stage === null) return first;
  throw new Error(
    `${stage}: gives other values for the same batch the second time, so that nothing shows whether it keeps ` +
      'examples apart; keep nothing from batch to batch, and draw random numbers in a layer rule with isRandom, ' +
      'keyed by example',
  );
}

/** Each layer and the loss by itself, on made-up values. */
async function requireIndependentStages(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  loss: ContributeOptions['loss'],
): Promise<void> {
  const count = batch.mask.length;
  const [first, other] = await twoTargets(batch);
  for (const [i, madeUp] of madeUpBatches.entries()) {
    const [all, one] = i === 0 ? [first, other] : [other, first];
    const base = withOneTarget(batch, all, null);
    try {
      const before = await passStages(model, base, loss, madeUpFeed(madeUp, null));
      for (const change of madeUp.changes) {
        const example = change.example % count;
        const changed = withOneTarget(batch, all, { example, target: one });
        try {
          const after = await passStages(model, changed, loss, madeUpFeed(madeUp, change));
          refuseMixing(before, after, count, example);
        } finally {
          disposeBatch(changed);
        }
      }
    } finally {
      disposeBatch(base);
    }
  }
}

/** Two examples whose targets differ, if there are such. */
async function twoTargets({
  targets,
  mask,
}: ExampleBatch): Promise<[first: number, other: number]> {
  const values = await Promise.all(
    ([targets].flat() as tf.Tensor[]).map(async (tensor) => tensor.data()),
  );
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
  count: number,
  example: number,
): void {
  const stage = firstDifference(before, after, count, example);
  if (stage === null) return;
  throw new Error(
    `${stage}: changing one example changes what it gives for another, so that clipping would ` +
      'bound nothing; use operations that keep the first axis apart',
  );
}

/** Name of the first stage whose values differ in a bit, but for those of one example; null if none do. */
function firstDifference(
  before: readonly Stage[],
  after: readonly Stage[],
  count: number,
  example: number | null,
): string | null {
  for (const [i, { name, values }] of before.entries()) {
    const others = after[i]!.values;
    const size = values.length / count;
    for (let j = 0; j < values.length; j++) {
      if (Math.floor(j / size) === example) continue;
      if (values[j] !== others[j] && !(Number.isNaN(values[j]) && Number.isNaN(others[j]))) {
        return name;
      }
    }
  }
  return null;
}
