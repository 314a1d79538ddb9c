import type { Communicator, Waiting } from '../communicator.ts';
import { waitFor as waitUntil } from '../idleWait.ts';

/** What fake ranks have said to each other. */
export interface FakeTraffic {
  /** Exit code of the rank that has ended all. */
  aborted: number | null;
  /** Values that were handed over, call by call: their number. */
  readonly values: number[];
  /** Types of the sums. */
  readonly sums: string[];
}

/** Ranks of this process, which call each other as those of a real engine do. */
export function fakeCommunicators(size: number): { ranks: Communicator[]; traffic: FakeTraffic } {
  const traffic: FakeTraffic = { aborted: null, values: [], sums: [] };
  /** Of each other rank: what rank 0 has said to it, and what it has said. */
  const inbox = Array.from({ length: size }, (): Uint8Array[] => []);
  const answers = Array.from({ length: size }, (): Uint8Array[] => []);
  const sums = Array.from({ length: size }, (): (Int32Array | Float64Array)[] => []);
  const others = Array.from({ length: size - 1 }, (_, i) => i + 1);
  const next = <T>(lists: T[][], rank: number) => lists[rank]!.shift() ?? null;

  const end = new AbortController();
  const waitFor = <T>(look: () => T | null, missing: () => number[], waiting: Waiting = {}) => {
    const { signal = end.signal } = waiting;
    const ended = AbortSignal.any([signal, end.signal]);
    return waitUntil(look, missing, { ...waiting, signal: ended });
  };

  const ranks = Array.from({ length: size }, (_, rank): Communicator => {
    const broadcast = async (message: Uint8Array | null, waiting?: Waiting) => {
      if (rank > 0)
        return waitFor(
          () => next(inbox, rank),
          () => [0],
          waiting,
        );
      for (const other of others) inbox[other]!.push(message!.slice());
      return message!;
    };
    return {
      ...{ rank, size, engine: 'fake ranks', broadcast },
      async broadcastValues(values) {
        if (rank === 0) traffic.values.push(values.length);
        const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
        const found = await broadcast(rank === 0 ? bytes : null);
        if (found.length !== bytes.length) throw new Error('another number of values');
        bytes.set(found);
      },
      async gather(message, waiting) {
        if (rank > 0) {
          answers[rank]!.push(message.slice());
          return null;
        }
        const found = new Map([[0, message]]);
        const missing = () => others.filter((other) => !found.has(other));
        for (const other of others) {
          const answer = await waitFor(() => next(answers, other), missing, waiting);
          found.set(other, answer);
        }
        return [...found.values()];
      },
      async reduce(values) {
        if (rank > 0) {
          sums[rank]!.push(values.slice());
          return;
        }
        traffic.sums.push(values.constructor.name);
        // As a tree would, from the last rank on.
        for (const other of [...others].reverse()) {
          const part = await waitFor(
            () => next(sums, other),
            () => [other],
          );
          values.forEach((value, i) => (values[i] = value + part[i]!));
        }
      },
      abort(exitCode) {
        traffic.aborted = exitCode;
        end.abort();
      },
      close: () => Promise.resolve(),
    };
  });
  return { ranks, traffic };
}
