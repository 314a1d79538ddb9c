import { arithmeticNames, formatNames, layerArithmetic } from '@dpquant/quantization';

/** Names that `train` takes as formats, besides the number formats: float32 and mixes. */
export function mixNames(): string[] {
  return arithmeticNames().filter((name) => !formatNames().includes(name));
}

/** The formats of a layer's three operands. */
export interface MixSummary {
  readonly name: string;
  readonly weights: string;
  readonly activations: string;
  readonly outputGradients: string;
}

export function mixOf(name: string): MixSummary {
  const { weights, activations, outputGradients } = layerArithmetic(name);
  return {
    name,
    weights: weights.format,
    activations: activations.format,
    outputGradients: outputGradients.format,
  };
}

/** A mix in words. */
export function mixText({ weights, activations, outputGradients }: MixSummary): string {
  if (weights === 'float32') return 'single precision (IEEE 754), of layers that are not quantized';
  return `weights in ${weights}, activations in ${activations}, output gradients in ${outputGradients}`;
}
