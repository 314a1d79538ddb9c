import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { flatClipping, perLayerClipping, type ClippingRule } from '@dpquant/mechanisms';
import { contribute } from './contribute.ts';
import type { ContributeOptions, ExampleBatch } from './contributeOptions.ts';
import {
  arrangedBatch,
  readUnits,
  type Place,
  type UnitRows,
} from './independence/arrangedBatch.ts';
import { disposeBatch } from './independence/changedBatch.ts';
import { passStages, takesIndices } from './independence/stages.ts';
import type { PerExampleLoss } from './losses.ts';
import { leafLayers } from './modelLayers.ts';

export interface ExactSumsOptions extends Pick<ContributeOptions, 'loss' | 'arithmetic'> {
  /** Whether gradients are clipped as a whole or layer by layer. */
  readonly scope: ClippingRule['scope'];
  /** Default 1. */
  readonly rowsPerUnit?: number;
  /** Number of units in a training batch, padding included. */
  readonly unitsInBatch: number;
}

/**
 * Far below the norms of gradients, so that every unit is clipped: it then adds whole numbers of
 * norm 2²⁰, in which even small differences are visible.
 */
const clipNorm = 2 ** -30;

const randomness = { key: [0, 0], step: 0 } as const;

/**
 * Tests whether a unit adds the same whole numbers, to the bit, at every place of a batch and in
 * batches with different other units. The guarantee of `contribute` requires this of backend and
 * model. It runs three batches of the size of a training batch, and one more for each unit that has
 * a zero gradient for some weight:
 *
 * - The same unit at all places: losses and norms must have the same bits at every place, and the
 *   sum must be divisible by the number of places. Finds kernels whose result depends on the
 *   place, as in the last rows of a tile or of a thread, and sums that round. Cannot find a
 *   dependence on the other units, which are all equal here.
 * - Another unit, the companion, alone at the first place; all others are padding whose values are
 *   larger by 10³.
 * - The first unit at the last place and companions at several places; the rest is padding with
 *   values of the opposite sign and a thousandth of the size. Losses and norms of both must be the
 *   same as before, and the sum must be the sum of what both added before. Finds scales, maxima and
 *   methods that depend on all values of a batch, padding that adds something, and factors or
 *   chains of float sums that several units share.
 *
 * Both units are in two batches with different other units, and no sum is computed twice: the last
 * sum is compared with both others at once. An error in any of them is found, unless an error in
 * another one cancels it exactly.
 *
 * This is evidence and not a proof: it tests synthetic units at the current weights only.
 *
 * @param examples public examples, from which the units are made: at least two units that differ
 * @returns what differs, as a clause; null if nothing does
 */
export async function findInexactSums(
  model: tfl.LayersModel,
  examples: ExampleBatch,
  options: ExactSumsOptions,
): Promise<string | null> {
  const { rowsPerUnit = 1, unitsInBatch } = options;
  const units = await readUnits(examples, rowsPerUnit);
  const count = examples.mask.length / rowsPerUnit;
  // An index cannot be scaled: it would be another index, or none.
  const readsIndices = leafLayers(model).some(takesIndices);
  const padding = (unit: number, scale: number): Place => ({
    unit: unit % count,
    scale: readsIndices ? 1 : scale,
    isReal: false,
  });
  const real = (unit: number): Place => ({ unit: unit % count, scale: 1, isReal: true });
  const batchOf = (at: (place: number) => Place) =>
    Array.from({ length: unitsInBatch }, (_, place) => at(place));
  const passWith = (at: (place: number) => Place) => passOver(model, units, batchOf(at), options);
  const places = batchOf(real).map((_, place) => place);
  const last = unitsInBatch - 1;

  const found = await mostReaching([...Array(count).keys()], (unit) => passWith(() => real(unit)));
  if (found.reached === 0) return 'no synthetic example has a gradient that is finite and not zero';
  const { unit, pass: everywhere } = found;
  if (places.some((place) => !isSame(everywhere, place, everywhere, 0))) {
    const stage = await stageByPlace(
      model,
      units,
      batchOf(() => real(unit)),
      options,
    );
    return `${stage ?? 'the norm of the gradient'} has other bits at another place of the batch`;
  }
  const uneven = weightsWhere(everywhere, (sum) => !areMultiples(sum, unitsInBatch));
  if (uneven) return `${uneven} has other bits at another place of the batch`;

  // With several companions, a number that padding adds to both batches does not cancel.
  const isCompanion = (place: number) => place < last && (place % 2 === 0 || last < 3);
  const companions = places.filter(isCompanion);
  const others = Array.from({ length: count - 1 }, (_, i) => unit + 1 + i);
  const { unit: other, pass: companion } =
    companions.length === 0
      ? found
      : await mostReaching(others, (each) =>
          passWith((place) => (place === 0 ? real(each) : padding(each + place, 1e3))),
        );
  const expected = everywhere.sums;
  addCompanions(expected, unitsInBatch, companion.sums, companions.length);
  // Frees one vector of the size of the weights.
  if (companion !== everywhere) companion.sums.clear();
  const together = await passWith((place) => {
    if (place === last) return real(unit);
    return isCompanion(place) ? real(other) : padding(unit + 2 * place, -1e-3);
  });
  if (companions.some((place) => !isSame(together, place, companion, 0))) {
    return 'the norm of the gradient or the loss has other bits beside other examples, which are padding';
  }
  if (!isSame(together, last, everywhere, 0)) {
    return 'the norm of the gradient or the loss has other bits beside other examples';
  }
  const wrong = weightsWhere(together, (sum, name) => {
    const ofBoth = expected.get(name)!;
    for (let i = 0; i < sum.length; i++) if (sum[i] !== ofBoth[i]) return true;
    return false;
  });
  return wrong && `${wrong} has other bits beside other examples`;
}

/** Results of one batch, as training gets them. */
interface Pass {
  readonly sums: Map<string, Int32Array | Float32Array>;
  /** One per place. */
  readonly norms: Float64Array;
  /** For each output of the model, one loss per row. */
  readonly losses: readonly Float32Array[];
  readonly rowsPerUnit: number;
}

async function passOver(
  model: tfl.LayersModel,
  units: UnitRows,
  places: readonly Place[],
  { loss, arithmetic, scope, rowsPerUnit = 1 }: ExactSumsOptions,
): Promise<Pass> {
  const batch = arrangedBatch(units, places);
  const kept: tf.Tensor[] = [];
  const keeping = [loss].flat().map((lossOf): PerExampleLoss => {
    return (predictions, targets) => {
      const values = lossOf(predictions, targets);
      kept.push(tf.keep(tf.clone(values)));
      return values;
    };
  });
  try {
    const clipping = scope === 'layer' ? perLayerClipping(clipNorm) : flatClipping(clipNorm);
    const given = { loss: keeping, arithmetic, clipping, randomness, rowsPerUnit };
    const { sums, unsafe } = await contribute(model, batch, given);
    const losses = await Promise.all(kept.map((values) => values.data<'float32'>()));
    return { sums: new Map(sums), norms: unsafe.norms, losses, rowsPerUnit };
  } finally {
    disposeBatch(batch);
    tf.dispose(kept);
  }
}

/**
 * The first unit that contributes to the sums of all weights, or else to most of them, and the pass
 * with it. Nothing can be tested for weights to which a unit contributes nothing, such as those
 * before ReLUs that are all zero.
 */
async function mostReaching(
  candidates: readonly number[],
  passWith: (unit: number) => Promise<Pass>,
): Promise<{ unit: number; pass: Pass; reached: number }> {
  let best: { unit: number; pass: Pass; reached: number } | null = null;
  for (const unit of candidates) {
    const pass = await passWith(unit);
    const reached = [...pass.sums.values()].filter((sum) =>
      sum.some((value) => value !== 0),
    ).length;
    if (!best || reached > best.reached) best = { unit, pass, reached };
    if (reached === pass.sums.size) break;
  }
  return best!;
}

/** Name of the first layer, or the loss, whose values differ between two places. */
async function stageByPlace(
  model: tfl.LayersModel,
  units: UnitRows,
  places: readonly Place[],
  { loss, arithmetic }: ExactSumsOptions,
): Promise<string | null> {
  const batch = arrangedBatch(units, places);
  try {
    const { stages } = await passStages(model, batch, loss, true, arithmetic);
    // Row by row: the rows of one place are one unit.
    const { rowsPerUnit } = units;
    const isDifferent = (digests: Float64Array) =>
      digests.some((digest, row) => digest !== digests[row % rowsPerUnit]);
    return stages.find(({ digests }) => isDifferent(digests))?.name ?? null;
  } finally {
    disposeBatch(batch);
  }
}

/** Names, for a message, of the weights whose sums fulfil a condition; null if there are none. */
function weightsWhere(
  { sums }: Pass,
  isWrong: (sum: Int32Array | Float32Array, name: string) => boolean,
): string | null {
  const names = [...sums].filter(([name, sum]) => isWrong(sum, name)).map(([name]) => `"${name}"`);
  if (names.length === 0) return null;
  return `the gradient of ${[...names.slice(0, 3), ...(names.length > 3 ? ['…'] : [])].join(', ')}`;
}

/**
 * Replaces, in place, the sums of `times` copies of one unit by those of one copy and of
 * `companions` copies of another unit.
 */
function addCompanions(
  sums: Pass['sums'],
  times: number,
  companionSums: Pass['sums'],
  companions: number,
): void {
  for (const [name, sum] of sums) {
    const other = companionSums.get(name)!;
    for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! / times + companions * other[i]!;
  }
}

function areMultiples(values: Int32Array | Float32Array, divisor: number): boolean {
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- an iterator is 5 times slower
  for (let i = 0; i < values.length; i++) if (values[i]! % divisor !== 0) return false;
  return true;
}

/** Whether norm and losses at a place of one pass have the same bits as at a place of another. */
function isSame(a: Pass, placeOfA: number, b: Pass, placeOfB: number): boolean {
  const lossesAt = ({ losses, rowsPerUnit }: Pass, place: number) =>
    losses.map((values) => values.subarray(place * rowsPerUnit, (place + 1) * rowsPerUnit));
  const others = lossesAt(b, placeOfB);
  return (
    Object.is(a.norms[placeOfA], b.norms[placeOfB]) &&
    lossesAt(a, placeOfA).every((values, i) =>
      values.every((value, row) => Object.is(value, others[i]![row])),
    )
  );
}
