import type { RowStore } from './rowStore.ts';

/** Number of values in a piece, unless one row is longer. */
const valuesInPiece = 2 ** 18;

/** Where the values of a row are stored. */
export interface RowPlace {
  readonly values: Float32Array;
  readonly offset: number;
}

/**
 * Rows of float32 in memory, added one after another. They are stored in pieces of equal size, so
 * that nothing is copied when the number of rows grows.
 */
export class GrowingRows implements RowStore {
  readonly shape: readonly number[];
  readonly holdsBytes = false;
  readonly #length: number;
  readonly #rowsInPiece: number;
  readonly #pieces: Float32Array[] = [];
  #count = 0;

  /** @param length number of values in a row, at least 1 */
  constructor(length: number, shape: readonly number[] = [length]) {
    this.#length = length;
    this.shape = shape;
    this.#rowsInPiece = Math.max(1, Math.floor(valuesInPiece / length));
  }

  get count(): number {
    return this.#count;
  }

  /** Adds a row of zeros for the caller to fill. */
  add(): RowPlace {
    const row = this.#count++;
    if (row % this.#rowsInPiece === 0) {
      this.#pieces.push(new Float32Array(this.#rowsInPiece * this.#length));
    }
    return this.#placeOf(row);
  }

  async read(rows: readonly number[]): Promise<Float32Array> {
    const length = this.#length;
    const read = new Float32Array(rows.length * length);
    rows.forEach((row, i) => {
      const { values, offset } = this.#placeOf(row);
      read.set(values.subarray(offset, offset + length), i * length);
    });
    return read;
  }

  #placeOf(row: number): RowPlace {
    const piece = Math.floor(row / this.#rowsInPiece);
    const offset = (row - piece * this.#rowsInPiece) * this.#length;
    return { values: this.#pieces[piece]!, offset };
  }
}
