import { float32Quantizer } from './quantizers/float32.ts';
import { luqFp4Quantizer } from './quantizers/luqFp4.ts';
import type { Quantizer } from './quantizers/quantizer.ts';

/**
 * How a layer multiplies: in which form each of the three operands enters the layer's three
 * products, forward (a·w), input gradient (dy·wᵀ) and weight gradient (aᵀ·dy). A mix of formats is an
 * object of this type.
 */
export interface LayerArithmetic {
  readonly name: string;
  /** Inputs of the layer; granularity `example`. */
  readonly activations: Quantizer;
  /** Weights; they are private already, so a scale over the whole tensor is safe. */
  readonly weights: Quantizer;
  /** Gradients with respect to the layer's output; granularity `example`. */
  readonly outputGradients: Quantizer;
}

/** An arithmetic that uses the same format for all three operands. */
function uniformArithmetic(
  name: string,
  quantizer: (granularity: 'tensor' | 'example') => Quantizer,
): LayerArithmetic {
  return {
    name,
    activations: quantizer('example'),
    weights: quantizer('tensor'),
    outputGradients: quantizer('example'),
  };
}

const arithmetics: readonly LayerArithmetic[] = [
  uniformArithmetic('float32', float32Quantizer),
  uniformArithmetic('luq-fp4', luqFp4Quantizer),
];

/** Names that `layerArithmetic` knows. */
export const arithmeticNames: readonly string[] = arithmetics.map(({ name }) => name);

/** The arithmetic of a name; an unknown name is a RangeError that lists the known ones. */
export function layerArithmetic(name: string): LayerArithmetic {
  const found = arithmetics.find((arithmetic) => arithmetic.name === name);
  if (!found) {
    throw new RangeError(`format: expected one of ${arithmeticNames.join(', ')}, got "${name}"`);
  }
  return found;
}

/**
 * Throws unless the arithmetic keeps examples apart: activations and output gradients must have one
 * scale an example.
 */
export function requirePerExampleScales(arithmetic: LayerArithmetic): void {
  for (const operand of ['activations', 'outputGradients'] as const) {
    const { granularity, format } = arithmetic[operand];
    if (granularity !== 'example') {
      throw new RangeError(
        `arithmetic "${arithmetic.name}": ${operand} in ${format} have one scale a ${granularity}, ` +
          'so one example would change the contribution of another and the privacy guarantee would ' +
          'not hold; use a quantizer with granularity "example"',
      );
    }
  }
}
