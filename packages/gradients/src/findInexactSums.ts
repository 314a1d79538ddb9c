import type * as tfl from '@tensorflow/tfjs-layers';
import { flatClipping, perLayerClipping, type ClippingRule } from '@dpquant/mechanisms';
import { contribute } from './contribute.ts';
import type { ContributeOptions, ExampleBatch } from './contributeOptions.ts';
import { forwardLosses } from './forwardLosses.ts';
import {
  arrangedBatch,
  readUnits,
  type Place,
  type UnitRows,
} from './independence/arrangedBatch.ts';
import { disposeBatch } from './independence/changedBatch.ts';
import { passStages, takesIndices } from './independence/stages.ts';
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
 * other company: what the guarantee of `contribute` asks of backend and model. Four batches of the
 * size of training, and two forward passes, or a batch more for each example that does not reach
 * every weight:
 *
 * - The same unit at all places: losses and norms have the same bits at each, and the sum is that
 *   of the unit's whole numbers, as often. Finds kernels that compute by place, as the last rows of
 *   a tile or of a thread's share, and sums that round. Cannot find what depends on the others,
 *   which are all alike.
 * - It alone, at the first place, the others padding with values 10³ as large. Finds scales, maxima
 *   and methods that are chosen by all values of a batch, and padding that adds something.
 * - Another unit alone, then the first one at the last place among several of the other one, the
 *   rest padding with values of another sign and a thousandth: both add what they added alone.
 *   Finds factors, and chains of float sums, that are shared by units which both count.
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
  const real = (unit: number): Place => ({ unit, scale: 1, isReal: true });
  const batchOf = (at: (place: number) => Place) =>
    Array.from({ length: unitsInBatch }, (_, place) => at(place));
  const last = unitsInBatch - 1;

  const found = await unitWithGradient(count, (unit) =>
    passOver(
      model,
      units,
      batchOf(() => real(unit)),
      options,
      true,
    ),
  );
  if (!found) return 'no made-up example has a gradient that is finite and not zero';
  const { unit, pass: everywhere } = found;
  const [norm] = everywhere.norms as unknown as [number];
  const lossesOf = (pass: Pass, place: number) =>
    pass.losses!.subarray(place * rowsPerUnit, (place + 1) * rowsPerUnit);
  const losses = lossesOf(everywhere, 0);
  const places = [...everywhere.norms.keys()];
  const isElsewhere = (place: number) => !isSame(losses, lossesOf(everywhere, place));
  if (places.some(isElsewhere) || everywhere.norms.some((each) => each !== norm)) {
    const all = batchOf(() => real(unit));
    const stage = await stageByPlace(model, units, all, options);
    return `${stage ?? 'the norm of the gradient'} has other bits at another place of the batch`;
  }

  const first = await passOver(
    model,
    units,
    batchOf((place) => (place === 0 ? real(unit) : padding(unit + place, 1e3))),
    options,
  );
  if (first.norms[0] !== norm) {
    return 'the norm of the gradient has other bits beside other examples, which are padding';
  }
  const ofPlaces = differing(everywhere, [[first, unitsInBatch]]);
  if (ofPlaces) return `${ofPlaces} has other bits at another place of the batch or beside padding`;
  if (unitsInBatch === 1) return null;

  const other = (unit + 1) % count;
  const companion = await passOver(
    model,
    units,
    batchOf((place) => (place === 0 ? real(other) : padding(other + place, 1))),
    options,
  );
  const isCompanion = (place: number) => place < last && place % 2 === 0;
  const together = await passOver(
    model,
    units,
    batchOf((place) => {
      if (place === last) return real(unit);
      return isCompanion(place) ? real(other) : padding(unit + 2 * place, -1e-3);
    }),
    options,
    true,
  );
  const companions = places.filter(isCompanion);
  const hasOtherNorm =
    together.norms[last] !== norm ||
    companions.some((place) => !Object.is(together.norms[place], companion.norms[0]));
  if (hasOtherNorm || !isSame(losses, lossesOf(together, last))) {
    return 'the norm of the gradient has other bits beside other examples';
  }
  const ofCompany = differing(together, [
    [first, 1],
    [companion, companions.length],
  ]);
  return ofCompany && `${ofCompany} has other bits beside other examples`;
}

/** What training gets from a batch. */
interface Pass {
  readonly sums: ReadonlyMap<string, ArrayLike<number>>;
  /** One a place. */
  readonly norms: Float64Array;
  /** One a row. */
  readonly losses?: Float32Array;
}

async function passOver(
  model: tfl.LayersModel,
  units: UnitRows,
  places: readonly Place[],
  { loss, arithmetic, scope, rowsPerUnit = 1 }: ExactSumsOptions,
  withLosses = false,
): Promise<Pass> {
  const batch = arrangedBatch(units, places);
  try {
    const clipping = scope === 'layer' ? perLayerClipping(clipNorm) : flatClipping(clipNorm);
    const given = { loss, arithmetic, clipping, rounding, rowsPerUnit };
    const { sums, unsafe } = await contribute(model, batch, given);
    if (!withLosses) return { sums, norms: unsafe.norms };
    const forward = { loss, rounding, arithmetics: [arithmetic] };
    const [losses] = (await forwardLosses(model, batch, forward)).losses;
    return { sums, norms: unsafe.norms, losses: losses! };
  } finally {
    disposeBatch(batch);
  }
}

/**
 * A unit with a gradient that shows something, and the pass with it everywhere: the first one that
 * adds to the sum of every weight, or else to the most. Where a unit adds nothing, as to weights
 * before dead rectifiers, nothing is seen.
 */
async function unitWithGradient(
  count: number,
  passWith: (unit: number) => Promise<Pass>,
): Promise<{ unit: number; pass: Pass } | null> {
  let best: { unit: number; pass: Pass } | null = null;
  let most = 0;
  for (let unit = 0; unit < count; unit++) {
    const pass = await passWith(unit);
    if (!pass.norms.some((norm) => norm > 0 && norm < Infinity)) continue;
    const sums = [...pass.sums.values()];
    const reached = sums.filter((sum) => Array.from(sum).some((value) => value)).length;
    if (reached > most) [best, most] = [{ unit, pass }, reached];
    if (reached === sums.length) break;
  }
  return best;
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
    const isDifferent = (values: ArrayLike<number>) => {
      const size = values.length / places.length;
      return Array.from(values).some((value, i) => !Object.is(value, values[i % size]));
    };
    return stages.find(({ values }) => isDifferent(values))?.name ?? null;
  } finally {
    disposeBatch(batch);
  }
}

/**
 * Weights whose sums are not those of the parts, each taken so many times; null if there are none.
 */
function differing(
  { sums }: Pass,
  parts: readonly (readonly [pass: Pass, times: number])[],
): string | null {
  const names = [...sums.keys()].filter((name) => {
    const sum = sums.get(name)!;
    for (let i = 0; i < sum.length; i++) {
      let expected = 0;
      for (const [part, times] of parts) expected += times * part.sums.get(name)![i]!;
      if (sum[i] !== expected) return true;
    }
    return false;
  });
  if (names.length === 0) return null;
  const named = names.slice(0, 3).map((name) => `"${name}"`);
  return `the gradient of ${[...named, ...(names.length > 3 ? ['…'] : [])].join(', ')}`;
}

function isSame(a: Float32Array, b: Float32Array): boolean {
  return a.every((value, i) => Object.is(value, b[i]));
}
