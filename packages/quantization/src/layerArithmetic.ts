import { isBlockFormat, type BlockFormat } from './formats/blockFormat.ts';
import { int4, luqFp4, uint4 } from './formats/builtInFormats.ts';
import type { NumberFormat, RoundingMode } from './formats/numberFormat.ts';
import { formatNames, numberFormat } from './formats/registry.ts';
import { blockQuantizer } from './quantizers/blocks.ts';
import { float32Quantizer } from './quantizers/float32.ts';
import { sawbRange } from './quantizers/sawb.ts';
import type { Quantizer } from './quantizers/quantizer.ts';
import { scaledQuantizer } from './quantizers/scaled.ts';

/**
 * How a layer multiplies: the quantizer for each of the three operands of the layer's three
 * products, forward (a·w), input gradient (dy·wᵀ) and weight gradient (aᵀ·dy). A mix of formats is
 * an object of this type; `LayerMultiplication` applies it.
 */
export interface LayerArithmetic {
  readonly name: string;
  /** Inputs of the layer; granularity `example` or `block`. */
  readonly activations: Quantizer;
  /** Weights; they are private already, so a scale over the whole tensor is safe. */
  readonly weights: Quantizer;
  /** Gradients with respect to the layer's output; granularity `example` or `block`. */
  readonly outputGradients: Quantizer;
  /** Special treatment of the operands of the weight gradient. */
  readonly weightGradient?: {
    /**
     * Number of independent stochastic roundings of the output gradients that are averaged (SMP of
     * the LUQ paper). Default 1.
     */
    readonly draws?: number;
    /**
     * Applies a random Hadamard transform to groups of this many positions of both operands, within
     * an example, before they are quantized: it cancels in their product and spreads values that
     * are concentrated in few positions. A power of two. Layers with one position per example do
     * not use it.
     */
    readonly hadamardSize?: number;
  };
}

/** Whether all operands' codes are whole numbers of eight bits, which integer kernels multiply. */
export function multipliesIntegers(arithmetic: LayerArithmetic): boolean {
  const { activations, weights, outputGradients } = arithmetic;
  return [activations, weights, outputGradients].every(
    ({ largestInteger = Infinity }) => largestInteger <= 127,
  );
}

const float32Arithmetic: LayerArithmetic = {
  name: 'float32',
  activations: float32Quantizer('example'),
  weights: float32Quantizer('tensor'),
  outputGradients: float32Quantizer('example'),
};

/** Default rounding of weights and activations in a format. */
export function forwardRounding(format: NumberFormat | BlockFormat): RoundingMode {
  return format === luqFp4 ? 'stochastic' : 'nearest-even';
}

/**
 * One format for all three operands. Weights and activations are rounded to nearest; output
 * gradients are rounded stochastically, so that they are unbiased. LUQ-FP4 always rounds
 * stochastically, as it was designed to: its levels are too far apart for rounding to nearest.
 */
export function uniformArithmetic(format: NumberFormat | BlockFormat): LayerArithmetic {
  const { name } = format;
  if (isBlockFormat(format)) {
    const nearest = blockQuantizer({ format, rounding: 'nearest-even' });
    return {
      name,
      activations: nearest,
      weights: nearest,
      outputGradients: blockQuantizer({ format, rounding: 'stochastic', scaleRounding: 'up' }),
    };
  }
  const forward = forwardRounding(format);
  return {
    name,
    activations: scaledQuantizer({ format, granularity: 'example', rounding: forward }),
    weights: scaledQuantizer({ format, granularity: 'tensor', rounding: forward }),
    outputGradients: scaledQuantizer({ format, granularity: 'example', rounding: 'stochastic' }),
  };
}

/**
 * The mix of the LUQ paper (arXiv 2112.10769): 4-bit integers under SAWB ranges, rounded to
 * nearest, in the forward pass; LUQ-FP4 for output gradients. The moments of SAWB are taken per
 * example.
 *
 * @param draws roundings of the output gradients that the weight gradient averages (SMP)
 */
export function int4LuqArithmetic(draws = 1): LayerArithmetic {
  requireDraws(draws);
  const forward = { format: int4, rounding: 'nearest-even', range: sawbRange } as const;
  return {
    name: draws === 1 ? 'int4-luq' : `int4-luq-smp${draws}`,
    activations: scaledQuantizer({ ...forward, granularity: 'example' }),
    weights: scaledQuantizer({ ...forward, granularity: 'tensor' }),
    outputGradients: scaledQuantizer({
      format: luqFp4,
      granularity: 'example',
      rounding: 'stochastic',
    }),
    weightGradient: { draws },
  };
}

/**
 * `int4LuqArithmetic`, but with all 16 codes for the activations of an example without negative
 * values, as after a ReLU. This halves the distance between neighbouring levels: a residual
 * network's activations then have a relative error of 8 to 12 % (root mean square) instead of 16 to
 * 18 %. The choice for an example depends only on that example.
 */
function uint4LuqArithmetic(): LayerArithmetic {
  return {
    ...int4LuqArithmetic(),
    name: 'uint4-luq',
    activations: scaledQuantizer({
      format: int4,
      nonNegativeFormat: uint4,
      granularity: 'example',
      rounding: 'nearest-even',
      range: sawbRange,
    }),
  };
}

/**
 * NVFP4 as used in training: stochastic output gradients, Hadamard-transformed operands of the
 * weight gradient.
 */
function nvfp4Arithmetic(format: BlockFormat): LayerArithmetic {
  return { ...uniformArithmetic(format), weightGradient: { hadamardSize: format.blockSize } };
}

const mixes = new Map<string, LayerArithmetic>(
  [
    float32Arithmetic,
    int4LuqArithmetic(),
    uint4LuqArithmetic(),
    nvfp4Arithmetic(numberFormat('nvfp4') as BlockFormat),
  ].map((mix) => [mix.name, mix]),
);

/** Names accepted by `layerArithmetic`: `float32`, every format, and mixes. */
export function arithmeticNames(): string[] {
  return [...new Set(['float32', ...formatNames(), ...mixes.keys()])];
}

/**
 * The arithmetic with the given name.
 *
 * @throws RangeError that lists the known names, for an unknown one
 */
export function layerArithmetic(name: string): LayerArithmetic {
  const mix = mixes.get(name);
  if (mix) return mix;
  if (!formatNames().includes(name)) {
    throw new RangeError(`format: expected one of ${arithmeticNames().join(', ')}, got "${name}"`);
  }
  return uniformArithmetic(numberFormat(name));
}

/**
 * Registers a custom mix by its name, so that schedules can use it.
 *
 * @throws RangeError for a name that is taken, and for invalid properties
 */
export function registerArithmetic(arithmetic: LayerArithmetic): void {
  if (arithmeticNames().includes(arithmetic.name)) {
    throw new RangeError(`arithmetic: "${arithmetic.name}" is taken; choose another name`);
  }
  const { draws = 1, hadamardSize = 1 } = arithmetic.weightGradient ?? {};
  requireDraws(draws);
  if (!(Number.isInteger(Math.log2(hadamardSize)) && hadamardSize >= 1 && hadamardSize <= 1024)) {
    throw new RangeError(
      `arithmetic "${arithmetic.name}": expected a hadamardSize that is a power of two up to 1024, got ${hadamardSize}`,
    );
  }
  mixes.set(arithmetic.name, arithmetic);
}

function requireDraws(draws: number): void {
  if (!(Number.isInteger(draws) && draws >= 1 && draws <= 2 ** 10)) {
    throw new RangeError(`draws: expected a whole number from 1 to 1024, got ${draws}`);
  }
}

/**
 * Checks that examples stay independent: the scales of activations and output gradients must lie
 * within an example.
 *
 * @throws RangeError otherwise
 */
export function requirePerExampleScales(arithmetic: LayerArithmetic): void {
  for (const operand of ['activations', 'outputGradients'] as const) {
    const { granularity, format } = arithmetic[operand];
    if (granularity !== 'example' && granularity !== 'block') {
      throw new RangeError(
        `arithmetic "${arithmetic.name}": ${operand} in ${format} have one scale per ${granularity}, ` +
          'so one example would change the contribution of another and the privacy guarantee would ' +
          'not hold; use a quantizer with granularity "example" or "block"',
      );
    }
  }
}
