import {
  LayerMultiplication,
  requirePerExampleScales,
  type LayerArithmetic,
  type LinearProduct,
  type NormMethod,
} from '@dpquant/quantization';
import type { ExampleKeys } from '@dpquant/random';
import { CallNames } from './callNames.ts';
import { layerRandomness, type PassRandomness } from './layerPass.ts';

/** The arithmetic and the random bits of each layer call in one pass. */
export class PassArithmetic {
  readonly examples: ExampleKeys;
  readonly #randomness: PassRandomness;
  readonly #arithmeticOf: (layer: string) => LayerArithmetic;
  readonly #normMethodOf: (layer: string) => NormMethod;
  readonly #calls = new CallNames();

  constructor(
    examples: ExampleKeys,
    randomness: PassRandomness,
    arithmeticOf: (layer: string) => LayerArithmetic,
    normMethodOf: (layer: string) => NormMethod = () => 'cheaper',
  ) {
    this.examples = examples;
    this.#randomness = randomness;
    this.#arithmeticOf = arithmeticOf;
    this.#normMethodOf = normMethodOf;
  }

  /** Random bits for dropout and noise layers: those of the next call of a layer. */
  noise(layer: string): PassRandomness {
    return layerRandomness(this.#randomness, this.#calls.next(`${layer} noise`), 'noise');
  }

  /**
   * The multiplications of the next call of a layer.
   *
   * @throws RangeError for an arithmetic that does not keep examples independent
   */
  multiplication(layer: string, product: LinearProduct): LayerMultiplication {
    const arithmetic = this.#arithmeticOf(layer);
    requirePerExampleScales(arithmetic);
    const call = this.#calls.next(layer);
    return new LayerMultiplication({
      arithmetic,
      product,
      randomness: (purpose) => layerRandomness(this.#randomness, call, purpose),
      examples: this.examples,
      normMethod: this.#normMethodOf(layer),
    });
  }
}
