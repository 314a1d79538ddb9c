import {
  arithmeticNames,
  blockQuantizer,
  formatNames,
  forwardRounding,
  isBlockFormat,
  layerArithmetic,
  numberFormat,
  registerArithmetic,
  scaledQuantizer,
  type BlockFormat,
  type LayerArithmetic,
  type NumberFormat,
  type Quantizer,
  type RoundingMode,
} from '@dpquant/quantization';

/** An arithmetic that differs from a format's own in one respect. */
export interface OperandVariant {
  /** What is quantized and how, in words. */
  readonly label: string;
  /** Registered by its name, so that schedules can use it. */
  readonly arithmetic: LayerArithmetic;
}

type Operand = 'weights' | 'activations' | 'outputGradients';

/**
 * The variants that tell which operand of a format costs what: each operand alone, all three, and,
 * of formats that are no mix, all three under other roundings and, where a tensor has one scale,
 * with weights scaled by channel. Scales of the other operands stay within an example, as private
 * training needs. Their arithmetics are registered.
 *
 * @param name of a format or a mix; float32 has no variants
 */
export function operandVariants(name: string): readonly OperandVariant[] {
  const base = layerArithmetic(name);
  const exact = layerArithmetic('float32');
  const { weights, activations, outputGradients } = exact;
  const format = formatNames().includes(name) ? numberFormat(name) : null;
  const entries: [string, LayerArithmetic][] = [
    ['weights', { ...base, activations, outputGradients }],
    ['activations', { ...base, weights, outputGradients }],
    ['output gradients', { ...base, weights, activations }],
    ['all three', base],
    ...(format ? roundingsOf(format, base) : []),
    ...(format && !isBlockFormat(format)
      ? channelsOf(format, base, { activations, outputGradients })
      : []),
  ];
  return entries.map(([label, arithmetic]) => ({
    label,
    arithmetic:
      arithmetic === base ? base : registered({ ...arithmetic, name: `${name}, ${label}` }),
  }));
}

/**
 * All three operands under the roundings of forward pass and gradients that are not the format's.
 */
function roundingsOf(
  format: NumberFormat | BlockFormat,
  base: LayerArithmetic,
): [string, LayerArithmetic][] {
  const under = (forward: RoundingMode, gradients: RoundingMode) => ({
    ...base,
    weights: quantizerOf(format, 'weights', forward),
    activations: quantizerOf(format, 'activations', forward),
    outputGradients: quantizerOf(format, 'outputGradients', gradients),
  });
  return [
    forwardRounding(format) === 'stochastic'
      ? ['all three, forward to nearest', under('nearest-even', 'stochastic')]
      : ['all three, all stochastic', under('stochastic', 'stochastic')],
    ['all three, all to nearest', under('nearest-even', 'nearest-even')],
  ];
}

/** Weights with a scale a channel, alone and with the other operands. */
function channelsOf(
  format: NumberFormat,
  base: LayerArithmetic,
  exact: Pick<LayerArithmetic, 'activations' | 'outputGradients'>,
): [string, LayerArithmetic][] {
  if (format.unscaled) return [];
  const weights = scaledQuantizer({
    format,
    granularity: 'channel',
    rounding: forwardRounding(format),
  });
  return [
    ['weights, scaled by channel', { ...base, ...exact, weights }],
    ['all three, weights by channel', { ...base, weights }],
  ];
}

function quantizerOf(
  format: NumberFormat | BlockFormat,
  operand: Operand,
  rounding: RoundingMode,
): Quantizer {
  if (isBlockFormat(format)) {
    const scaleRounding = rounding === 'stochastic' ? 'up' : 'floor';
    return blockQuantizer({ format, rounding, scaleRounding });
  }
  const granularity = operand === 'weights' ? 'tensor' : 'example';
  return scaledQuantizer({ format, granularity, rounding });
}

/** Registers an arithmetic; does nothing if its name is registered already. */
function registered(arithmetic: LayerArithmetic): LayerArithmetic {
  if (!arithmeticNames().includes(arithmetic.name)) registerArithmetic(arithmetic);
  return layerArithmetic(arithmetic.name);
}
