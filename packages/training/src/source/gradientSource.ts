import type { PassRandomness } from '@dpquant/gradients';
import type { SumValues } from '@dpquant/mechanisms';
import type { LayerAssignment } from '@dpquant/scheduling';
import type { ViewedRows } from './physicalBatches.ts';

/** How to compute a request. */
export interface ComputationSetting {
  /**
   * Identifies the weights that the trainer's model has while it waits for the answer: equal
   * numbers mean equal weights, and a number is never reused for other weights in a process.
   */
  readonly weightsVersion: number;
  /**
   * Examples to compute at a time. Affects the sums only by rounding: without clipping, or on a
   * backend that computes an example differently in another batch.
   */
  readonly physicalBatchSize: number;
}

/** Asks for the sum of the clipped gradients of one step's units, with `rowsPerUnit` rows each. */
export interface StepRequest extends ViewedRows, ComputationSetting {
  /** Consecutive rows that form one privacy unit; the mean of their gradients is clipped. */
  readonly rowsPerUnit: number;
  /** Layers without an entry run in float32. */
  readonly assignment: LayerAssignment;
  readonly clipping: {
    /** A name registered with `createClippingRule`. */
    readonly rule: string;
    readonly clipNorm: number;
  };
  /** Public key and step number that random bits are derived from. */
  readonly randomness: PassRandomness;
}

/**
 * The clipped sum of a request's units. The units may be divided among several sources, with all
 * rows of a unit in one place: the partial sums then add up, element by element and exactly, to the
 * whole sum, and the norms are concatenated.
 */
export interface StepAnswer {
  /**
   * One flat sum for each trainable weight, in the order of `trainableVariables`, since weights
   * have other names in other processes. Whole numbers of grid units; without clipping, real
   * values. An Int32Array is allowed only for as many units as fit into int32: use Float64Array to
   * add parts.
   */
  readonly sums: readonly SumValues[];
  /**
   * The real value of one grid unit: `gridUnit` of the clip norm, or 1 without clipping. The same
   * in all parts.
   */
  readonly gridUnit: number;
  /**
   * Greatest L2 norm by which adding or removing one unit changes `sums`, as a real value. The same
   * in all parts.
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

/** Rows, one per unit, that use the same random bits. */
export interface LossGroup extends ViewedRows {
  readonly randomness: PassRandomness;
}

/** Asks for the losses of rows under several assignments; needs forward passes only. */
export interface LossRequest extends ComputationSetting {
  readonly groups: readonly LossGroup[];
  /** At least one. */
  readonly assignments: readonly LayerAssignment[];
}

/** Asks the source to check, on synthetic examples, that no example influences another. */
export interface ProbeRequest {
  /** Names of the arithmetics that layers will use. */
  readonly formats: readonly string[];
  /** If given, the model and its loss are probed too; null if that was done before. */
  readonly model: ComputationSetting | null;
  /**
   * If given, it is also probed whether steps of this setting sum exactly in these formats; null if
   * that is known, or if nothing is clipped.
   */
  readonly sums: SumSetting | null;
}

/** What a unit's contribution may depend on, to the bit. */
export type SumSetting = ComputationSetting & Pick<StepRequest, 'rowsPerUnit' | 'clipping'>;

/**
 * How sums of clipped gradients are computed. `exact`: a unit adds the same whole numbers, to the
 * bit, in any batch and at any position. `float`: its contribution may differ by float rounding.
 */
export type SumArithmetic = 'exact' | 'float';

/** Result of a probe of the sums; for several processes, the worst result. */
export interface FoundSums {
  readonly arithmetic: SumArithmetic;
  /** For `float`: what differed, as a clause. */
  readonly reason?: string;
  /** For `float`: the name of the arithmetic in which it differed. */
  readonly format?: string;
}

/**
 * Computes on the private rows, in this process (`localSource`) or elsewhere. It has the private
 * data set, the model and the loss. The trainer has plan, ledger, noise and optimizer, and sends a
 * request only after its charge is durable.
 *
 * Requests and answers are plain data without functions or tensors: they survive `structuredClone`
 * and can be sent to another process. They are as private as the rows: requests tell who was drawn,
 * **answers have no noise**. Neither belongs on a disk, in a log or on a connection that others can
 * read.
 *
 * A source that computes elsewhere needs there: the data set with the same row numbers; a model
 * with the same layers and names, and with the current weights, frozen ones included, whenever
 * `weightsVersion` has changed; the same loss; and the same formats, layer rules and clipping rules
 * registered.
 */
export interface GradientSource {
  /**
   * Refuses a computation in which one example would change another's contribution. Called before
   * anything is charged; no private row is read. Inexact sums are not refused.
   *
   * @returns the result for the sums; null if the request did not ask
   * @throws Error that names what mixes examples, and the remedy
   */
  probe(request: ProbeRequest): Promise<FoundSums | null>;
  /**
   * Guarantee: each unit of the request adds its own whole numbers to `sums`, with L2 norm at most
   * `sensitivity`, and does not change any other unit's contribution. No rows give sums of zeros.
   *
   * @param signal aborts before the next physical batch; rejects with the signal's reason
   */
  sum(request: StepRequest, signal?: AbortSignal): Promise<StepAnswer>;
  /**
   * Guarantee: a row's losses depend only on that row, the weights and its group's random bits.
   *
   * @param signal as of `sum`
   * @returns for each assignment, the losses of all rows, group after group
   */
  losses(request: LossRequest, signal?: AbortSignal): Promise<readonly Float64Array[]>;
}
