import * as tf from '@tensorflow/tfjs-core';
import type { ExampleKeys } from '@dpquant/random';
import { hadamardSigns, hadamardTransform } from './hadamard.ts';
import type { LayerArithmetic } from './layerArithmetic.ts';
import {
  dequantize,
  keepExamples,
  operandTensors,
  withReadScales,
  withReadScalesNow,
  type Operand,
} from './operand.ts';
import type { LinearProduct, UnfoldedOperands } from './products/linearProduct.ts';
import { matMulProduct } from './products/matMul.ts';
import { transposed } from './products/roundedSum.ts';
import type { NormMethod } from './products/squaredNorms.ts';
import type { Quantizer, Rounding } from './quantizers/quantizer.ts';

/** What a layer's random bits are drawn for; each has a Philox key of its own. */
export type RandomPurpose =
  | 'activations'
  | 'weights'
  | 'outputGradients'
  | 'hadamardSigns'
  | 'transformedActivations'
  | 'transformedOutputGradients';

export interface LayerMultiplicationOptions {
  readonly arithmetic: LayerArithmetic;
  readonly product: LinearProduct;
  /** Where the random bits of a purpose come from; its draw number is not used. */
  readonly rounding: (purpose: RandomPurpose) => Omit<Rounding, 'draw'>;
  /** Who the examples of the batch are. */
  readonly examples: ExampleKeys;
  /** How norms of weight gradients are taken. Default `cheaper`. */
  readonly normMethod?: NormMethod;
}

/** The two operands that a layer's weight gradient is the product of. */
export interface WeightGradientOperands {
  /** How they multiply: the layer's own product, or a matrix product where they are unfolded. */
  readonly product: LinearProduct;
  /** Whether that gives the weight gradient with its two axes swapped. */
  readonly isTransposed: boolean;
  readonly inputs: Operand;
  readonly outputGradients: Operand;
}

/**
 * One layer's multiplications for one batch, in its arithmetic: `forward`, then `backward`, then
 * the squared norms and the clipped sum of the per-example weight gradients, both of exactly the
 * same quantized operands. Owns the operands until disposed.
 */
export class LayerMultiplication {
  readonly #options: LayerMultiplicationOptions;
  #weightShape: number[] = [];
  #input: tf.Tensor | null = null;
  #a: Operand | null = null;
  #w: Operand | null = null;
  #weightGradient: WeightGradientOperands | null = null;

  constructor(options: LayerMultiplicationOptions) {
    this.#options = options;
  }

  /** The layer's output, without bias and activation. The caller owns it. */
  forward(x: tf.Tensor, weights: tf.Tensor): tf.Tensor {
    const { arithmetic, product } = this.#options;
    this.#weightShape = weights.shape;
    this.#a = kept(this.#quantize(arithmetic.activations, x, 'activations'));
    this.#w = kept(arithmetic.weights.quantize(weights, this.#rounding('weights')));
    if (arithmetic.weightGradient?.hadamardSize !== undefined) this.#input = tf.keep(tf.clone(x));
    return product.forward(this.#a, this.#w);
  }

  /**
   * The gradient with respect to the input, or null if nobody needs it; from here on the weight
   * gradient can be asked for. The caller owns the result.
   */
  backward(dy: tf.Tensor, needsInputGradient = true): tf.Tensor | null {
    const { arithmetic, product } = this.#options;
    const gradients = kept(this.#quantize(arithmetic.outputGradients, dy, 'outputGradients'));
    const dx = needsInputGradient ? product.inputGradient(gradients, this.#w!) : null;
    tf.dispose(operandTensors(this.#w!));
    this.#w = null;
    this.#weightGradient = this.#weightGradientOperands(dy, gradients);
    this.#a = null;
    this.#input?.dispose();
    this.#input = null;
    return dx;
  }

  /** What the weight gradient is the product of. They stay this object's. */
  get weightGradientOperands(): WeightGradientOperands {
    if (!this.#weightGradient) throw new Error('weight gradient: backward has not run');
    return this.#weightGradient;
  }

  /** For every example an upper bound of the squared norm of its weight gradient. */
  async squaredWeightGradientNorms(): Promise<Float64Array> {
    const operands = this.weightGradientOperands;
    const inputs = await withReadScales(operands.inputs);
    const outputGradients = await withReadScales(operands.outputGradients);
    this.#weightGradient = { ...operands, inputs, outputGradients };
    const { normMethod } = this.#options;
    return operands.product.squaredWeightGradientNorms(inputs, outputGradients, normMethod);
  }

  /**
   * Σ rint(fl(factors[i]·gradient_i)), in the order of the weight's elements: see `LinearProduct`.
   * After `squaredWeightGradientNorms`.
   */
  async roundedWeightGradient(factors: Float32Array): Promise<Int32Array> {
    const { product, inputs, outputGradients, isTransposed } = this.#readWeightGradient();
    const [p, d] = [inputs.codes.shape.at(-1)!, outputGradients.codes.shape.at(-1)!];
    const sum = await product.roundedWeightGradient(inputs, outputGradients, factors);
    return isTransposed ? transposed(sum, p, d) : sum;
  }

  /** Σ factors[i]·gradient_i in float32, in the weight's shape. The caller owns it. */
  clippedWeightGradient(factors: Float32Array): tf.Tensor {
    const { product, inputs, outputGradients, isTransposed } = this.#readWeightGradient();
    return tf.tidy(() => {
      const sum = product.clippedWeightGradient(inputs, outputGradients, factors);
      return tf.reshape(isTransposed ? tf.transpose(sum) : sum, this.#weightShape);
    });
  }

  /** The dequantized operands of the weight gradient, unfolded. The caller owns them. */
  unfold(): UnfoldedOperands {
    const { product, inputs, outputGradients, isTransposed } = this.weightGradientOperands;
    const [x, dy] = [dequantize(inputs), dequantize(outputGradients)];
    const unfolded = product.unfold(x, dy);
    tf.dispose([x, dy]);
    return { ...unfolded, isTransposed: unfolded.isTransposed || isTransposed };
  }

  /** Replaces the weight gradients of the examples whose entry is 0 by zeros, by selection. */
  keepExamples(keep: Uint8Array): void {
    const { inputs, outputGradients } = this.#readWeightGradient();
    this.#weightGradient = {
      ...this.weightGradientOperands,
      inputs: kept(keepExamples(inputs, keep)),
      outputGradients: kept(keepExamples(outputGradients, keep)),
    };
    tf.dispose([inputs.codes, outputGradients.codes]);
  }

  dispose(): void {
    const { inputs, outputGradients } = this.#weightGradient ?? {};
    for (const operand of [this.#a, this.#w, inputs, outputGradients]) {
      if (operand) tf.dispose(operandTensors(operand));
    }
    this.#input?.dispose();
    this.#a = this.#w = this.#input = this.#weightGradient = null;
  }

  /**
   * The operands of the weight gradient with their scales as values: at once, unless the norms were
   * taken.
   */
  #readWeightGradient() {
    const operands = this.weightGradientOperands;
    const inputs = withReadScalesNow(operands.inputs);
    const outputGradients = withReadScalesNow(operands.outputGradients);
    const read = { ...operands, inputs, outputGradients };
    this.#weightGradient = read;
    return read;
  }

  #rounding(purpose: RandomPurpose, draw = 0): Rounding {
    return { ...this.#options.rounding(purpose), draw };
  }

  #quantize(quantizer: Quantizer, x: tf.Tensor, purpose: RandomPurpose, draw = 0): Operand {
    return quantizer.quantize(x, this.#rounding(purpose, draw), this.#options.examples);
  }

  #weightGradientOperands(dy: tf.Tensor, first: Operand): WeightGradientOperands {
    const { arithmetic, product } = this.#options;
    const { draws = 1, hadamardSize } = arithmetic.weightGradient ?? {};
    if (hadamardSize !== undefined) {
      const unfolded = product.unfold(this.#input!, dy);
      if (unfolded.inputs.shape[1] > 1) {
        tf.dispose([this.#a!, first].flatMap(operandTensors));
        return this.#transformedOperands(unfolded, hadamardSize, draws);
      }
      tf.dispose([unfolded.inputs, unfolded.outputGradients]);
    }
    const outputGradients = kept(
      this.#averaged(first, draws, (draw) =>
        this.#quantize(arithmetic.outputGradients, dy, 'outputGradients', draw),
      ),
    );
    return { product, inputs: this.#a!, outputGradients, isTransposed: false };
  }

  /** Both operands transformed along the positions, quantized, and turned back. */
  #transformedOperands(
    unfolded: UnfoldedOperands,
    hadamardSize: number,
    draws: number,
  ): WeightGradientOperands {
    const { arithmetic } = this.#options;
    const signs = hadamardSigns(hadamardSize, this.#rounding('hadamardSigns'));
    let operands!: WeightGradientOperands;
    tf.tidy(() => {
      const [x, gradients] = [unfolded.inputs, unfolded.outputGradients].map((operand) =>
        hadamardTransform(tf.transpose(operand, [0, 2, 1]), signs),
      ) as [tf.Tensor3D, tf.Tensor3D];
      const draw = (k: number) =>
        this.#quantize(arithmetic.outputGradients, gradients, 'transformedOutputGradients', k);
      operands = {
        product: matMulProduct,
        inputs: kept(turned(this.#quantize(arithmetic.activations, x, 'transformedActivations'))),
        outputGradients: kept(turned(this.#averaged(draw(0), draws, draw))),
        isTransposed: unfolded.isTransposed,
      };
    });
    tf.dispose([unfolded.inputs, unfolded.outputGradients]);
    return operands;
  }

  /**
   * The average of `draws` quantizations of the same values: they have the same scales, so that
   * their codes add. Takes `first` over.
   */
  #averaged(first: Operand, draws: number, quantize: (draw: number) => Operand): Operand {
    if (draws === 1) return first;
    const codes = tf.tidy(() => {
      let sum = first.codes;
      for (let draw = 1; draw < draws; draw++) sum = tf.add(sum, quantize(draw).codes);
      return sum;
    });
    first.codes.dispose();
    const { largestInteger, scales, ...rest } = first;
    return {
      ...rest,
      // A sum of numbers of binary16 need not be one.
      isFloat16: false,
      codes,
      scales: dividedScales(scales, draws),
      ...(largestInteger === undefined ? {} : { largestInteger: largestInteger * draws }),
    };
  }
}

/** Takes the scales over. */
function dividedScales(scales: Operand['scales'], draws: number): Operand['scales'] {
  if (!(scales instanceof tf.Tensor)) return scales?.map((scale) => scale / draws) ?? null;
  const divided = tf.div<tf.Tensor1D>(scales, draws);
  scales.dispose();
  return divided;
}

/** The operand, its tensors kept beyond the current tidy. */
function kept<T extends Operand>(operand: T): T {
  for (const tensor of operandTensors(operand)) tf.keep(tensor);
  return operand;
}

/** [n, channels, positions] → [n, positions, channels]. */
function turned(operand: Operand): Operand {
  const { scaleLayout } = operand;
  const codes = scaleLayout === undefined ? operand.codes : dequantize(operand);
  const turnedCodes = tf.transpose(codes as tf.Tensor3D, [0, 2, 1]);
  if (scaleLayout !== undefined) return { codes: turnedCodes, scales: null };
  return { ...operand, codes: turnedCodes };
}
