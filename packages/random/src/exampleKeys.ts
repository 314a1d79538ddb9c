/**
 * Who the examples of a batch are, for randomness that belongs to an example: the number of its row
 * in the data set and of the view (augmentation) of it. Never its position in a batch, so that no
 * random bit depends on who else is there or how a batch was cut.
 */
export interface ExampleKeys {
  /** Row numbers, one an example. */
  readonly rows: Uint32Array;
  /** View numbers below 2¹⁶, one an example. */
  readonly views: Uint32Array;
}
