import { philox4x32, type ExampleKeys } from '@dpquant/random';
import type { RandomStream } from './quantizer.ts';

/** The word of the Philox counter made of a view number and a draw number, both below 2¹⁶. */
export function viewAndDraw(view: number, draw: number): number {
  return ((view << 16) | draw) >>> 0;
}

/**
 * The random words of one example's elements, in any order: element e uses word e mod 4 of the
 * Philox block with counter (⌊e/4⌋, row, view·2¹⁶ + draw, step). A block is computed once if its
 * elements are requested one after the other.
 */
export class ExampleWords {
  readonly #randomness: RandomStream;
  readonly #words = new Uint32Array(4);
  #row = 0;
  #viewAndDraw = 0;
  #block = -1;

  constructor(randomness: RandomStream) {
    this.#randomness = randomness;
    this.#viewAndDraw = randomness.draw;
  }

  /** Selects an example; without keys the whole tensor counts as one example. */
  startExample(examples: ExampleKeys | undefined, example: number): void {
    this.#row = examples ? examples.rows[example]! : 0;
    const view = examples ? examples.views[example]! : 0;
    this.#viewAndDraw = viewAndDraw(view, this.#randomness.draw);
    this.#block = -1;
  }

  at(element: number): number {
    const block = element >>> 2;
    if (block !== this.#block) {
      const { key, step } = this.#randomness;
      philox4x32(key, block, this.#row, this.#viewAndDraw, step, this.#words);
      this.#block = block;
    }
    return this.#words[element & 3]!;
  }
}
