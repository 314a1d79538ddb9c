import type { PassRandomness } from '@dpquant/gradients';
import type { SumValues } from '@dpquant/mechanisms';
import type { LayerAssignment } from '@dpquant/scheduling';
import type { ViewedRows } from './physicalBatches.ts';

/** How a request is to be computed. */
export interface ComputationSetting {
  /**
   * Stands for the weights that the trainer's model has while it waits for the answer: equal
   * numbers mean equal weights, and a number is never given to others again in a process.
   */
  readonly weightsVersion: number;
  /**
   * Examples to compute at a time. Changes no sum, unless a backend computes an example otherwise
   * in another batch; without clipping it changes sums by rounding.
   */
  readonly physicalBatchSize: number;
}

/** Asks for the sum of the clipped gradients of one step's units: `rowsPerUnit` rows of each. */
export interface StepRequest extends ViewedRows, ComputationSetting {
  /** Consecutive rows that are one privacy unit: the mean of their gradients is what is clipped. */
  readonly rowsPerUnit: number;
  /** Layers that are not in it run in float32. */
  readonly assignment: LayerAssignment;
  readonly clipping: {
    /** A name that `createClippingRule` knows. */
    readonly rule: string;
    readonly clipNorm: number;
  };
  /** Public key and number of the step that random bits go by. */
  readonly randomness: PassRandomness;
}

/**
 * The clipped sum of a request's units. Where the units of a request are shared out, with all rows
 * of a unit in one place, the parts' answers add up to the whole one, element by element and
 * exactly; norms follow each other.
 */
export interface StepAnswer {
  /**
   * One sum for each trainable weight, in the order of `trainableVariables`, flat: a weight has
   * other names in other processes. Whole numbers of grid units; without clipping real values. As
   * Int32Array only of so few units that they fit: where parts are added, these may be too many.
   */
  readonly sums: readonly SumValues[];
  /**
   * The real value of one grid unit: `gridUnit` of the clip norm, or 1 without clipping; of parts
   * the same.
   */
  readonly gridUnit: number;
  /**
   * Greatest L2 norm by which adding or removing one unit changes `sums`, as a real value; of parts
   * the same.
   */
  readonly sensitivity: number;
  /** Σ(1[‖g‖ ≤ sensitivity] − ½) over the units. */
  readonly unclippedCount: number;
  readonly unsafe: {
    /** Sum of the losses of the rows. */
    readonly lossSum: number;
    /** Units whose gradient was scaled down or left out. */
    readonly clippedCount: number;
    /** Gradient norm of each unit before clipping; NaN where it is not finite. */
    readonly norms: Float64Array;
  };
}

/** Rows, one a unit, that see the same random bits. */
export interface LossGroup extends ViewedRows {
  readonly randomness: PassRandomness;
}

/** Asks for the losses of rows under several assignments, by forward passes alone. */
export interface LossRequest extends ComputationSetting {
  readonly groups: readonly LossGroup[];
  /** At least one. */
  readonly assignments: readonly LayerAssignment[];
}

/** Asks whoever computes to probe, on made-up examples, whether examples stay apart there. */
export interface ProbeRequest {
  /** Names of the arithmetics that layers will run in. */
  readonly formats: readonly string[];
  /** With it, the model and its loss as well; null where that was done. */
  readonly model: ComputationSetting | null;
  /**
   * With it, whether sums in these formats are exact, as steps of this setting compute them; null
   * where that is known, or where nothing is clipped.
   */
  readonly sums: SumSetting | null;
}

/** What the bits of a unit's part of a sum may depend on. */
export type SumSetting = ComputationSetting & Pick<StepRequest, 'rowsPerUnit' | 'clipping'>;

/**
 * How sums of clipped gradients come about. `exact`: a unit adds its own whole numbers, the same to
 * the bit whoever is beside it and wherever it stands. `float`: what it adds may differ by float
 * rounding.
 */
export type SumArithmetic = 'exact' | 'float';

/** What a probe has found about sums; of several who compute, the worst. */
export interface FoundSums {
  readonly arithmetic: SumArithmetic;
  /** Of `float`: what differed, as a clause. */
  readonly reason?: string;
  /** Of `float`: the name of the arithmetic in which it differed. */
  readonly format?: string;
}

/**
 * Whoever computes on the private rows: this process (`localSource`), or others, which the source
 * stands for. It has the private data set, the model and the loss; the trainer has plan, ledger,
 * noise and optimizer, and asks only after the charge is durable.
 *
 * A request is plain data, without a function or a tensor, and so is an answer: both survive
 * `structuredClone` and can cross the border of a process. What crosses it is as private as the
 * rows: requests tell who was drawn, **answers are un-noised**. Neither belongs on a disk, in a log
 * or on a line that others can read.
 *
 * A source that computes elsewhere needs there: the data set with the same row numbers; a model of
 * the same layers, by the same names, and the same weights, frozen ones included, whenever
 * `weightsVersion` has changed; the same loss, and the same formats, layer rules and clipping rules
 * registered.
 */
export interface GradientSource {
  /**
   * Refuses what would let one example change what others add. Asked before anything is charged; no
   * private row is looked at. Sums that are not exact are no reason to refuse.
   *
   * @returns what was found about sums; null where the request did not ask
   * @throws Error that says what mixes examples, and the remedy
   */
  probe(request: ProbeRequest): Promise<FoundSums | null>;
  /**
   * Guarantee: a unit of the request adds its own whole numbers to `sums`, of L2 norm `sensitivity`
   * at most, and changes what no other adds. No rows give sums of zeros.
   *
   * @param signal rejects with its reason before the next physical batch; nothing is computed
   *   afterwards
   */
  sum(request: StepRequest, signal?: AbortSignal): Promise<StepAnswer>;
  /**
   * Guarantee: a row's losses depend on that row, the weights and its group's random bits alone.
   *
   * @param signal as of `sum`
   * @returns for each assignment the losses of all rows, group after group
   */
  losses(request: LossRequest, signal?: AbortSignal): Promise<readonly Float64Array[]>;
}
