import { ChaChaStream } from './chachaStream.ts';
import { derivePhiloxKey, philox4x32, philoxKeyFromSeed } from './philox.ts';
import type { RandomSource } from './randomSource.ts';

/** State of a `SeededRandom`: enough to continue it elsewhere. */
export interface SeededRandomState {
  readonly seed: number;
  readonly purpose: string;
  readonly position: number;
}

/**
 * Reproducible randomness: equal seed and purpose give equal streams, different purposes
 * independent streams. Anyone who knows the seed can compute every value, so privacy noise from
 * this class gives no protection.
 */
export class SeededRandom implements RandomSource {
  readonly #seed: number;
  readonly #purpose: string;
  readonly #stream: ChaChaStream;

  /**
   * @param seed whole number from 0 to 2⁵³ − 1
   * @param purpose what the stream is for, for example `initialization`
   */
  constructor(seed: number, purpose: string) {
    this.#seed = seed;
    this.#purpose = purpose;
    const words = new Uint32Array(8);
    const key = derivePhiloxKey(philoxKeyFromSeed(seed), purpose);
    philox4x32(key, 0, 0, 0, 0, words, 0);
    philox4x32(key, 1, 0, 0, 0, words, 4);
    this.#stream = new ChaChaStream(words);
  }

  uint32(): number {
    return this.#stream.uint32();
  }

  toJSON(): SeededRandomState {
    return { seed: this.#seed, purpose: this.#purpose, position: this.#stream.position };
  }

  /** Continues a stream from its saved state. */
  static fromJSON(state: SeededRandomState): SeededRandom {
    const random = new SeededRandom(state.seed, state.purpose);
    random.#stream.seek(state.position);
    return random;
  }
}
