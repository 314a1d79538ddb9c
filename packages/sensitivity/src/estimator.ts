/** Layer name → format name. Layers that are left out run in float32. */
export type LayerAssignment = ReadonlyMap<string, string>;

/** What the loss impact is wanted of: a layer, or a group of layers, in some format. */
export interface ImpactCandidate {
  readonly name: string;
  readonly assignment: LayerAssignment;
}

/** What an estimator may ask of a model, on the batches that were drawn for one analysis. */
export interface LossProbe {
  /**
   * The loss of each privacy unit of a batch under each assignment, by forward passes only. A unit's
   * losses depend on that unit, the weights and public randomness alone. One list an assignment.
   */
  lossesOf(
    assignments: readonly LayerAssignment[],
    batch: number,
  ): Promise<readonly ArrayLike<number>[]>;
  /**
   * The mean loss on the batch `evaluation` after one step of private training on each of `batches`,
   * under an assignment. The weights are put back.
   */
  rollout(
    assignment: LayerAssignment,
    batches: readonly number[],
    evaluation: number,
  ): Promise<number>;
}

/**
 * Finds out what quantizing each layer costs, in a form that noise can make private. Knows nothing of
 * models: a `LossProbe` stands for one.
 */
export interface LossImpactEstimator {
  readonly name: string;
  /** Independent Poisson draws that one analysis looks at: its event's sample rate is 1 − (1 − q)^batches. */
  readonly batches: number;
  /**
   * Greatest L2 norm by which adding or removing one unit changes what `measure` gives, as a real
   * value.
   */
  readonly sensitivity: number;
  /** The real value of one unit of what `measure` gives: `sensitivity`·2⁻²⁰. */
  readonly gridUnit: number;
  /**
   * Whole numbers of grid units, so that sums are exact. Un-noised: to be released with noise
   * scaled to `sensitivity`, and otherwise kept from anyone.
   *
   * @param baseline what the candidates are compared with; all layers in float32 if left out
   */
  measure(
    candidates: readonly ImpactCandidate[],
    probe: LossProbe,
    baseline?: LayerAssignment,
  ): Promise<Float64Array>;
  /**
   * The loss increase of each candidate, from what was released as real values; post-processing.
   */
  toImpacts(released: ArrayLike<number>, expectedBatchSize: number): Float64Array;
}
