import { chacha20Block } from './chacha20.ts';
import type { RandomSource } from './randomSource.ts';

/** The ChaCha20 key stream of one key as a random source: 2³² blocks of sixteen words per nonce. */
export class ChaChaStream implements RandomSource {
  readonly #key: Uint32Array;
  readonly #nonce = new Uint32Array(3);
  readonly #block = new Uint32Array(16);
  #blockCount = 0;
  #used = 16;
  #isErased = false;

  /** @param key eight random words; the stream keeps its own copy */
  constructor(key: Uint32Array) {
    if (key.length !== 8) throw new RangeError(`key: expected 8 words, got ${key.length}`);
    this.#key = key.slice();
  }

  uint32(): number {
    if (this.#used === 16) this.#nextBlock();
    return this.#block[this.#used++]!;
  }

  /** Number of words drawn so far. */
  get position(): number {
    return this.#blockCount * 16 - (16 - this.#used);
  }

  /** Continues after the first `position` words. */
  seek(position: number): void {
    if (!Number.isSafeInteger(position) || position < 0) {
      throw new RangeError(`position: expected a whole number, got ${String(position)}`);
    }
    this.#blockCount = Math.floor(position / 16);
    this.#used = 16;
    const rest = position % 16;
    if (rest > 0) {
      this.#nextBlock();
      this.#used = rest;
    }
  }

  /** Overwrites the key and the words derived from it. Drawing afterwards throws an error. */
  erase(): void {
    this.#key.fill(0);
    this.#block.fill(0);
    this.#used = 16;
    this.#isErased = true;
  }

  #nextBlock(): void {
    if (this.#isErased) throw new Error('ChaChaStream: erased; a new stream needs a new key');
    this.#nonce[0] = Math.floor(this.#blockCount / 2 ** 32);
    chacha20Block(this.#key, this.#blockCount >>> 0, this.#nonce, this.#block);
    this.#blockCount++;
    this.#used = 0;
  }
}
