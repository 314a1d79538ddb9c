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
  /** Whether gradients are clipped as a whole, or layer by layer. */
  readonly scope: ClippingRule['scope'];
  /** Default 1. */
  readonly rowsPerUnit?: number;
  /** Units in a batch of training, with its padding. */
  readonly unitsInBatch: number;
}

/**
 * Far below the norms of gradients: a unit then adds whole numbers of the norm 2²⁰, in which most
 * bits show.
 */
const clipNorm = 2 ** -30;

const rounding = { key: [0, 0], step: 0 } as const;

/**
 * Looks whether a unit adds the same whole numbers, to the bit, at every place of a batch and in
 * other company: what the guarantee of `contribute` asks of backend and model. Three batches of the
 * size of training, and one more for each example that does not reach every weight:
 *
 * - The same unit at all places: losses and norms have the same bits at each, and so many times its
 *   whole numbers are the sum. Finds kernels that compute by place, as the last rows of a tile or
 *   of a thread's share, and sums that round. Cannot find what depends on the others, which are all
 *   alike.
 * - Another unit, the companion, alone at the first place, the others padding with values 10³ as
 *   large.
 * - The first one at the last place among several companions, the rest padding with values of
 *   another sign and a thousandth: losses and norms of both are what they were, and the sum is
 *   that of what both added. Finds scales, maxima and methods that are chosen by all values of a
 *   batch, padding that adds something, and factors and chains of float sums that are shared by
 *   units which both count.
 *
 * Each of the two is in two batches of other company, and no sum is computed twice: the last one is
 * held against both others at once, so that an error in any shows unless one in another is exactly
 * what hides it.
 *
 * What no made-up unit shows at these weights stays unknown: this is evidence, and no proof.
 *
 * @param examples public ones, of which units are made: at least two units that differ
 * @returns what differs, as a clause; null where nothing does
 */
export async function findInexactSums(
  model: tfl.LayersModel,
  examples: ExampleBatch,
  options: ExactSumsOptions,
): Promise<string | null> {
  const { rowsPerUnit = 1, unitsInBatch } = options;
  const units = await readUnits(examples, rowsPerUnit);
  const count = examples.mask.length / rowsPerUnit;
  // A model that reads indices takes no other numbers.
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
  if (found.reached === 0) return 'no made-up example has a gradient that is finite and not zero';
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

  // A companion alone, and padding in both batches, would hide a number that padding adds to each.
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
  addCompany(expected, unitsInBatch, companion.sums, companions.length);
  // One vector as long as the weights less.
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

/** What training gets from a batch. */
interface Pass {
  readonly sums: Map<string, Int32Array | Float32Array>;
  /** One a place. */
  readonly norms: Float64Array;
  /** One a row, of each output. */
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
    const given = { loss: keeping, arithmetic, clipping, rounding, rowsPerUnit };
    const { sums, unsafe } = await contribute(model, batch, given);
    const losses = await Promise.all(kept.map((values) => values.data<'float32'>()));
    return { sums: new Map(sums), norms: unsafe.norms, losses, rowsPerUnit };
  } finally {
    disposeBatch(batch);
    tf.dispose(kept);
  }
}

/**
 * A unit that shows something, and the pass with it: the first one that adds to the sum of every
 * weight, or else to the most. Where a unit adds nothing, as to weights before dead rectifiers,
 * nothing is seen.
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

/** Name of the first layer, or the loss, whose values of the first place differ at another one. */
async function stageByPlace(
  model: tfl.LayersModel,
  units: UnitRows,
  places: readonly Place[],
  { loss, arithmetic }: ExactSumsOptions,
): Promise<string | null> {
  const batch = arrangedBatch(units, places);
  try {
    const { stages } = await passStages(model, batch, loss, true, arithmetic);
    // Of its rows in turn: those of a place are one unit.
    const { rowsPerUnit } = units;
    const isDifferent = (digests: Float64Array) =>
      digests.some((digest, row) => digest !== digests[row % rowsPerUnit]);
    return stages.find(({ digests }) => isDifferent(digests))?.name ?? null;
  } finally {
    disposeBatch(batch);
  }
}

/** The gradient of the weights for whose sums something is so; null if there are none. */
function weightsWhere(
  { sums }: Pass,
  isSo: (sum: Int32Array | Float32Array, name: string) => boolean,
): string | null {
  const names = [...sums].filter(([name, sum]) => isSo(sum, name)).map(([name]) => `"${name}"`);
  if (names.length === 0) return null;
  return `the gradient of ${[...names.slice(0, 3), ...(names.length > 3 ? ['…'] : [])].join(', ')}`;
}

/**
 * Makes of the sums of so many times one unit those of that unit once, and of another one so many
 * times: in place.
 */
function addCompany(
  sums: Pass['sums'],
  times: number,
  ofCompanion: Pass['sums'],
  companions: number,
): void {
  for (const [name, sum] of sums) {
    const other = ofCompanion.get(name)!;
    for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! / times + companions * other[i]!;
  }
}

function areMultiples(values: Int32Array | Float32Array, divisor: number): boolean {
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- an iterator takes five times as long
  for (let i = 0; i < values.length; i++) if (values[i]! % divisor !== 0) return false;
  return true;
}

/** Whether the norm and the losses of a unit have the same bits in another pass, or place. */
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
