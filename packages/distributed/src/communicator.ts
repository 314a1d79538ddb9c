/** How long to wait for other ranks. */
export interface Waiting {
  /** Seconds without what is waited for, after which the call rejects. Default: no limit. */
  readonly limitSeconds?: number | undefined;
  /** Ends the wait by its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * What joins the processes of one run, its ranks: numbered from 0, each started with the same
 * program. All ranks make the same calls in the same order; rank 0 is the one that asks.
 *
 * What crosses it is as private as the examples, and is sent as it is: whoever can read the network
 * between the ranks, or runs one of them, is trusted with the examples.
 */
export interface Communicator {
  readonly rank: number;
  /** Number of ranks. */
  readonly size: number;
  /** What carries the messages, with its version, in words. */
  readonly engine: string;
  /**
   * Bytes of rank 0, to all.
   *
   * @param message of rank 0; null on the others
   * @throws SilentRanksError on ranks that wait longer than their limit
   */
  broadcast(message: Uint8Array | null, waiting?: Waiting): Promise<Uint8Array>;
  /** Values of rank 0, to all, in place; of the same number everywhere. */
  broadcastValues(values: Float32Array): Promise<void>;
  /**
   * A message of each rank, by rank, on rank 0; null on the others.
   *
   * @throws SilentRanksError on rank 0, for ranks whose message has not come
   */
  gather(message: Uint8Array, waiting?: Waiting): Promise<Uint8Array[] | null>;
  /**
   * The sum over the ranks, element by element, in place on rank 0; of the same type and number
   * everywhere. Exact, whatever the number of ranks, for whole numbers whose sum the type holds.
   */
  reduce(values: Int32Array | Float64Array): Promise<void>;
  /** Ends the processes of all ranks at once. */
  abort(exitCode: number): void;
  /** Leaves in good order, which needs all ranks. */
  close(): Promise<void>;
}

/** Ranks that were waited for in vain. */
export class SilentRanksError extends Error {
  override name = 'SilentRanksError';
  readonly ranks: readonly number[];
  readonly seconds: number;

  constructor(ranks: readonly number[], seconds: number) {
    super(`no answer of rank ${ranks.join(', ')} for ${seconds} s`);
    this.ranks = ranks;
    this.seconds = seconds;
  }
}
