import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { mostUnitsOfInt32Sum, unitOfSums } from '@dpquant/mechanisms';
import { plainSums, roundedSums } from './clippedSums.ts';
import type { ContributeOptions, ExampleBatch } from './contributeOptions.ts';
import { summedLoss } from './exampleLosses.ts';
import { freeDuringBackwardPass } from './freeDuringBackwardPass.ts';
import { freeingOnError, withReplacedCalls } from './interception.ts';
import { leafLayers, trainableVariables } from './modelLayers.ts';
import {
  unitGradients,
  type PerExampleGradients,
  type SummableWeight,
} from './perExampleGradients.ts';
import { PassArithmetic } from './rules/passArithmetic.ts';
import { replacementsFor } from './rules/replacements.ts';
import { TappedPass } from './rules/tappedPass.ts';

/**
 * Contribution of one physical batch to a step. Contributions of several batches can be added,
 * exactly.
 */
export interface Contribution {
  /**
   * Σ over the units of the clipped gradients, by weight name, flat: whole numbers of grid units.
   * Without clipping (sensitivity infinity) real values, summed in float32.
   */
  readonly sums: ReadonlyMap<string, Int32Array | Float32Array>;
  /** The real value of one grid unit; 1 where `sums` are real values. */
  readonly gridUnit: number;
  /** Greatest L2 norm by which adding or removing one unit changes `sums`, as a real value. */
  readonly sensitivity: number;
  /**
   * Σ(1[‖g‖ ≤ sensitivity] − ½) over the units, without noise: for quantile-adaptive clipping.
   */
  readonly unclippedCount: number;
  /** Quantities about the examples without noise: no privacy guarantee covers them. */
  readonly unsafe: {
    /** Sum of the losses of the real examples. */
    readonly lossSum: number;
    /** Upper bound of each unit's gradient norm before clipping; NaN where not finite. */
    readonly norms: Float64Array;
    /**
     * Factor that each unit's gradient was multiplied by; the smallest one with a factor per layer.
     */
    readonly factors: Float32Array;
  };
}

/**
 * Clipped gradient sum of a batch, from one forward and one backward pass, without storing
 * per-example gradients (book-keeping, Bu et al., arXiv 2210.00038).
 *
 * Guarantee: a unit x adds its own whole numbers z_x to `sums`, S(D ∪ x) − S(D) = z_x to the bit,
 * and ‖z_x‖ ≤ 2²⁰ grid units, which is `sensitivity`. z_x = rint(fl(f·g)), where g are the float32
 * values of the unit's gradient and f its factor (`gridFactors` of `@dpquant/mechanisms`), from an
 * upper bound of ‖g‖ that includes all rounding errors in the worst case. It depends on x and the
 * weights alone, provided that arithmetics pass `requirePerExampleScales` and that the backend's
 * results for an example do not depend on the other examples of the batch. All batches must have
 * the same size, since a backend may use another method for few rows. A unit whose gradient is not
 * finite, or whose norm overflows float32, adds nothing.
 *
 * Without clipping (sensitivity infinity) nothing is guaranteed.
 *
 * The model is untouched afterwards. It must have passed `validateModel`.
 *
 * @throws Error that names a trainable weight which no layer rule covers
 * @throws RangeError for more units than one sum of int32 values holds (`mostUnitsOfInt32Sum`), and
 *   for a clip norm or a model that is out of the range of the grid
 */
export async function contribute(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  options: ContributeOptions,
): Promise<Contribution> {
  const { rowsPerUnit = 1 } = options;
  const rows = batch.mask.length;
  if (!(Number.isInteger(rowsPerUnit) && rowsPerUnit >= 1 && rows % rowsPerUnit === 0)) {
    throw new RangeError(
      `rowsPerUnit: expected a whole number that divides the batch of ${rows} examples, got ${rowsPerUnit}`,
    );
  }
  const { clipping } = options;
  const isPrivate = clipping.sensitivity < Infinity;
  if (isPrivate) requireFewUnits(rows / rowsPerUnit);
  const tap = tf.tidy(() => tf.variable(tf.scalar(0), true));
  const pass = new TappedPass(
    tap,
    new PassArithmetic(batch.keys, options.randomness, options.arithmetic, options.normMethod),
  );
  let gradients: PerExampleGradients[] = [];
  let loss: tf.Scalar | null = null;
  try {
    loss = walkTape(model, batch, options.loss, tap, pass);
    gradients = await byVariable(model, pass, rowsPerUnit);
    // All are started before the first is awaited, so that the device is never idle.
    const weights = await Promise.all(gradients.map(withNorms));
    const scopes = clipping.scope === 'layer' ? byLayer(model, weights) : [weights];
    const squares = scopes.map((scope) => squaredNorms(scope, rows / rowsPerUnit));
    const norms = rootOfSum(squares);
    const keep = unitsToKeep(norms, batch.mask, rowsPerUnit);
    const factors = squares.map((square) =>
      // Selected and not multiplied: a rule's factor for a unit that is left out may be NaN.
      clipping
        .factors(rootOfSum([square]), scopes.length)
        .map((factor, i) => (keep[i] === 0 ? 0 : factor * keep[i]!)),
    );
    const [lossSum] = (await loss.data()) as unknown as [number];
    const { sensitivity } = clipping;
    const parts = scopes.map((scope, i) => ({ scope, factors: factors[i]! }));
    return {
      sums: isPrivate
        ? await roundedSums(parts, sensitivity)
        : await plainSums(parts, norms.every(Number.isFinite) ? null : keep),
      gridUnit: unitOfSums(sensitivity),
      sensitivity,
      unclippedCount: countUnclipped(norms, batch.mask, rowsPerUnit, sensitivity),
      unsafe: { lossSum, norms, factors: smallest(factors) },
    };
  } finally {
    for (const weight of gradients) weight.dispose();
    pass.dispose();
    loss?.dispose();
    tap.dispose();
  }
}

function requireFewUnits(units: number): void {
  if (units <= mostUnitsOfInt32Sum) return;
  throw new RangeError(
    `batch: expected at most ${mostUnitsOfInt32Sum} units, whose sums fit 32 bits, got ${units}; take smaller ` +
      'batches and add their contributions',
  );
}

/**
 * Forward and backward pass; leaves the per-example gradients in `pass`. Returns the summed loss,
 * which the caller owns.
 */
function walkTape(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  loss: ContributeOptions['loss'],
  tap: tf.Variable,
  pass: TappedPass,
): tf.Scalar {
  const trainable = trainableVariables(model);
  const { value, grads } = freeingOnError(() =>
    withReplacedCalls(model, replacementsFor(pass), () =>
      tf.variableGrads(() => {
        const sum = summedLoss(model, batch, loss);
        freeDuringBackwardPass();
        return sum;
      }, [tap, ...trainable]),
    ),
  );
  const uncovered = trainable.filter(({ name }) => name !== tap.name && name in grads);
  tf.dispose(grads);
  if (uncovered.length > 0) value.dispose();
  requireCovered(uncovered);
  return value;
}

/** The gradients of each weight, all its uses taken together, in the model's order. */
async function byVariable(
  model: tfl.LayersModel,
  pass: TappedPass,
  rowsPerUnit: number,
): Promise<PerExampleGradients[]> {
  const trainable = trainableVariables(model);
  const used = new Set(pass.gradients.map(({ variable }) => variable));
  requireCovered(trainable.filter((variable) => !used.has(variable)));
  const uses = pass.takeGradients();
  return Promise.all(
    trainable.map((variable) =>
      unitGradients(
        uses.filter((use) => use.variable === variable),
        rowsPerUnit,
      ),
    ),
  );
}

function requireCovered(uncovered: readonly tf.Variable[]): void {
  if (uncovered.length === 0) return;
  throw new Error(
    `weights ${uncovered.map(({ name }) => `"${name}"`).join(', ')}: not covered by the ` +
      'per-example norm; run validateModel to see which layer they belong to',
  );
}

/** The weights of each layer together; a shared weight belongs to the first layer that has it. */
function byLayer(model: tfl.LayersModel, gradients: readonly SummableWeight[]): SummableWeight[][] {
  const left = new Set(gradients);
  const scopes = leafLayers(model).map((layer) => {
    const variables = new Set(layer.trainableWeights.map((weight) => weight.read()));
    const own = [...left].filter(({ variable }) => variables.has(variable));
    for (const weight of own) left.delete(weight);
    return own;
  });
  return [...scopes, [...left]].filter((scope) => scope.length > 0);
}

async function withNorms(gradients: PerExampleGradients): Promise<SummableWeight> {
  return { variable: gradients.variable, ...(await gradients.norms()) };
}

/** The squared norm of each unit's gradient: the sum over the weights. */
function squaredNorms(weights: readonly SummableWeight[], count: number): Float64Array {
  const squared = new Float64Array(count);
  for (const weight of weights) {
    weight.squaredNorms.forEach((value, i) => (squared[i]! += value));
  }
  return squared;
}

/** The square root, for each unit, of the sum over the lists; NaN where that is not finite. */
function rootOfSum(squares: readonly Float64Array[]): Float64Array {
  return squares[0]!.map((_, i) => {
    const sum = squares.reduce((total, square) => total + square[i]!, 0);
    return Number.isFinite(sum) ? Math.sqrt(sum) : NaN;
  });
}

/** 1 for the units that count; 0 for padding, and for a norm that is not finite. */
function unitsToKeep(norms: Float64Array, mask: Float32Array, rowsPerUnit: number): Uint8Array {
  return Uint8Array.from(norms, (norm, i) =>
    Number.isFinite(norm) && isReal(mask, rowsPerUnit, i) ? 1 : 0,
  );
}

/** Whether a unit has a row that is not padding. */
function isReal(mask: Float32Array, rowsPerUnit: number, unit: number): boolean {
  return mask.subarray(unit * rowsPerUnit, (unit + 1) * rowsPerUnit).some((row) => row > 0);
}

/**
 * The sum of ½ for each unit within the clip norm and −½ for each other unit. One unit changes it
 * by at most ½.
 */
function countUnclipped(
  norms: Float64Array,
  mask: Float32Array,
  rowsPerUnit: number,
  clipNorm: number,
): number {
  return norms.reduce((sum, norm, unit) => {
    if (!isReal(mask, rowsPerUnit, unit)) return sum;
    return sum + (norm <= clipNorm ? 0.5 : -0.5);
  }, 0);
}

/** Elementwise minimum. */
function smallest(lists: readonly Float32Array[]): Float32Array {
  return lists[0]!.map((_, i) => Math.min(...lists.map((list) => list[i]!)));
}
