/**
 * Identifies the examples of a batch, for randomness that belongs to an example: the number of its
 * row in the data set, and the number of its view (augmentation). The position in the batch is not
 * used, so that no random bit depends on other examples or on how batches were divided.
 */
export interface ExampleKeys {
  /** Row numbers, one per example. */
  readonly rows: Uint32Array;
  /** View numbers below 2¹⁶, one per example. */
  readonly views: Uint32Array;
}
