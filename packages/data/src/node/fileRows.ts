import type { NumericArray } from '../formats/npy.ts';
import type { RowStore } from '../rowStore.ts';
import { withFilePart, type FilePart } from './filePieces.ts';

/** Rows at most this many bytes apart are read together, with the bytes between them. */
const greatestGap = 2 ** 14;
/** Greatest number of bytes read together. */
const greatestRun = 2 ** 22;

export interface FileRowsOptions {
  /** The rows, one after another, and nothing else. */
  readonly part: FilePart;
  readonly count: number;
  readonly shape: readonly number[];
  readonly holdsBytes: boolean;
  /** Converts the bytes of the named rows to values. */
  readonly decode: (bytes: Uint8Array, rows: readonly number[]) => NumericArray;
}

/**
 * Rows of equal length that are read from a file on demand, in their order in the file. The file is
 * open only during a read.
 */
export function fileRows({ part, count, shape, holdsBytes, decode }: FileRowsOptions): RowStore {
  const length = part.length / count;
  return {
    count,
    shape,
    holdsBytes,
    async read(rows) {
      const bytes = new Uint8Array(rows.length * length);
      const places = Uint32Array.from(rows, (_, place) => place).sort(
        (a, b) => rows[a]! - rows[b]!,
      );
      const target = (place: number) => bytes.subarray(place * length, (place + 1) * length);
      withFilePart(part, (readAt) => {
        for (const run of runsOf(places, rows, length)) {
          const first = rows[run[0]!]!;
          if (run.length === 1) {
            readAt(first * length, target(run[0]!));
            continue;
          }
          const read = new Uint8Array((rows[run[run.length - 1]!]! - first + 1) * length);
          readAt(first * length, read);
          for (const place of run) {
            const from = (rows[place]! - first) * length;
            target(place).set(read.subarray(from, from + length));
          }
        }
      });
      return decode(bytes, rows);
    },
  };
}

/** Splits places, sorted by row, into groups that are read together. */
function runsOf(places: Uint32Array, rows: readonly number[], length: number): Uint32Array[] {
  const runs: Uint32Array[] = [];
  let start = 0;
  for (let i = 1; i <= places.length; i++) {
    const [first, before, row] = [start, i - 1, i].map((at) => rows[places[at]!]!);
    const isTogether =
      i < places.length &&
      (row! - before! - 1) * length <= greatestGap &&
      (row! - first! + 1) * length <= greatestRun;
    if (isTogether) continue;
    runs.push(places.subarray(start, i));
    start = i;
  }
  return runs;
}
