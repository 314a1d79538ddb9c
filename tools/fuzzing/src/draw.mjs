import { SeededRandom, uniform, uniformInteger } from '@dpquant/random';

/** Choices that a seed determines. */
export class Draw {
  #random;

  /**
   * @param {number} seed
   * @param {string} purpose what is drawn: streams of different purposes are independent
   */
  constructor(seed, purpose) {
    this.#random = new SeededRandom(seed, purpose);
  }

  /** A whole number from `least` to `most`, both included. */
  integer(least, most) {
    return least + uniformInteger(this.#random, most - least + 1);
  }

  /** Uniform between two numbers. */
  between(least, most) {
    return least + (most - least) * uniform(this.#random);
  }

  chance(probability) {
    return uniform(this.#random) < probability;
  }

  among(list) {
    return list[uniformInteger(this.#random, list.length)];
  }

  /** The same elements in another order. */
  shuffled(list) {
    const left = [...list];
    return list.map(() => left.splice(uniformInteger(this.#random, left.length), 1)[0]);
  }
}
