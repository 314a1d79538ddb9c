/** Layer name → format name. Layers that are left out run in float32. */
export type LayerAssignment = ReadonlyMap<string, string>;

/** A layer, or a group of layers, in some format, whose loss impact is to be estimated. */
export interface ImpactCandidate {
  readonly name: string;
  readonly assignment: LayerAssignment;
}

/** What an estimator can compute with a model, on the batches drawn for one analysis. */
export interface LossProbe {
  /**
   * The loss of each privacy unit of a batch under each assignment, by forward passes only; one
   * list per assignment. A unit's losses depend only on that unit, the weights and public
   * randomness.
   */
  lossesOf(
    assignments: readonly LayerAssignment[],
    batch: number,
  ): Promise<readonly ArrayLike<number>[]>;
  /**
   * The mean loss on the batch `evaluation` after one step of private training on each of `batches`
   * under an assignment. The weights are restored afterwards.
   */
  rollout(
    assignment: LayerAssignment,
    batches: readonly number[],
    evaluation: number,
  ): Promise<number>;
}

/**
 * Estimates the loss impact of quantizing each layer, in a form suitable for the Gaussian
 * mechanism. Does not depend on models: it calls a `LossProbe`.
 */
export interface LossImpactEstimator {
  readonly name: string;
  /**
   * Independent Poisson draws used by one analysis; its event's sampling rate is 1 − (1 −
   * q)^batches.
   */
  readonly batches: number;
  /**
   * L2 sensitivity of `measure`, as a real value: the greatest change when one unit is added or
   * removed.
   */
  readonly sensitivity: number;
  /** The real value of one grid unit: `sensitivity`·2⁻²⁰. */
  readonly gridUnit: number;
  /**
   * Returns whole numbers of grid units, so that sums are exact. They are not private: release them
   * only with noise scaled to `sensitivity`.
   *
   * @param baseline what the candidates are compared with. Default: all layers in float32
   */
  measure(
    candidates: readonly ImpactCandidate[],
    probe: LossProbe,
    baseline?: LayerAssignment,
  ): Promise<Float64Array>;
  /** The loss increase of each candidate, from the released real values; post-processing. */
  toImpacts(released: ArrayLike<number>, expectedBatchSize: number): Float64Array;
}
