import type { RowStore } from './rowStore.ts';

/** Values of a piece, if a row is not longer. */
const valuesInPiece = 2 ** 18;

/** Where the values of a row are, or are to be written. */
export interface RowPlace {
  readonly values: Float32Array;
  readonly offset: number;
}

/**
 * Rows of float32 in memory that are added one after another. They lie in pieces of one size, so
 * that nothing is copied while their number grows.
 */
export class GrowingRows implements RowStore {
  readonly shape: readonly number[];
  readonly holdsBytes = false;
  readonly #length: number;
  readonly #rowsInPiece: number;
  readonly #pieces: Float32Array[] = [];
  #count = 0;

  /** @param length number of values of a row, at least 1 */
  constructor(length: number, shape: readonly number[] = [length]) {
    this.#length = length;
    this.shape = shape;
    this.#rowsInPiece = Math.max(1, Math.floor(valuesInPiece / length));
  }

  get count(): number {
    return this.#count;
  }

  /** Adds a row of zeros, to be written by the caller. */
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
