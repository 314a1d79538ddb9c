import type { ExampleKeys } from '@dpquant/random';
import type { PassRounding } from './layerPass.ts';
import type { PassArithmetic } from './passArithmetic.ts';

/** What every kind of pass takes from the arithmetic that it computes in. */
export abstract class ArithmeticPass {
  protected readonly arithmetic: PassArithmetic;

  constructor(arithmetic: PassArithmetic) {
    this.arithmetic = arithmetic;
  }

  get examples(): ExampleKeys {
    return this.arithmetic.examples;
  }

  noise(layer: string): PassRounding {
    return this.arithmetic.noise(layer);
  }
}
