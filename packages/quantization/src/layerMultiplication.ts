import * as tf from '@tensorflow/tfjs-core';
import type { ExampleKeys } from '@dpquant/random';
import { hadamardSigns, hadamardTransform } from './hadamard.ts';
import type { LayerArithmetic } from './layerArithmetic.ts';
import { dequantize, operandTensors, type Operand } from './operand.ts';
import type { LinearProduct, UnfoldedOperands } from './products/linearProduct.ts';
import { matMulProduct } from './products/matMul.ts';
import type { NormMethod } from './products/squaredNorms.ts';
import type { Quantizer, RandomStream } from './quantizers/quantizer.ts';
import { WeightGradient, type WeightGradientOperands } from './weightGradient.ts';

/** The purpose of a layer's random bits; each has its own Philox key. */
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
  /** Source of the random bits for a purpose; its draw number is not used. */
  readonly randomness: (purpose: RandomPurpose) => Omit<RandomStream, 'draw'>;
  /** Identifies the examples of the batch. */
  readonly examples: ExampleKeys;
  /** How norms of weight gradients are computed. Default `cheaper`. */
  readonly normMethod?: NormMethod;
}

/** The output of a layer's product, and its backward pass. */
export interface ForwardProduct {
  /** The layer's output, without bias and activation. The caller owns it. */
  readonly y: tf.Tensor;
  /**
   * The gradients of the product. Call it once: it frees tensors that only the backward pass needs.
   *
   * @param dy gradient with respect to `y`
   * @param needsInputGradient whether to compute `dx`. Default true
   */
  readonly backward: (dy: tf.Tensor, needsInputGradient?: boolean) => BackwardProduct;
  /**
   * Frees the tensors kept for the backward pass. After `backward` that is the input of the weight
   * gradient, whose own `dispose` frees it too.
   */
  readonly dispose: () => void;
}

/** The gradients of a layer's product. */
export interface BackwardProduct {
  /** The gradient with respect to the input; null if it was not requested. The caller owns it. */
  readonly dx: tf.Tensor | null;
  /** The per-example gradients of the weights, which hold tensors until disposed. */
  readonly weightGradient: WeightGradient;
}

/** One layer's multiplications for one batch, in its arithmetic. */
export class LayerMultiplication {
  readonly #options: LayerMultiplicationOptions;

  constructor(options: LayerMultiplicationOptions) {
    this.#options = options;
  }

  /**
   * Multiplies the inputs by the weights.
   *
   * @param x inputs, whose first axis counts the examples
   * @param weights in the shape that the product expects
   */
  forward(x: tf.Tensor, weights: tf.Tensor): ForwardProduct {
    const { arithmetic, product } = this.#options;
    const held: tf.Tensor[] = [];
    const hold = <T extends Operand>(operand: T): T => {
      held.push(...operandTensors(kept(operand)));
      return operand;
    };
    const dispose = () => tf.dispose(held);
    try {
      const a = hold(this.#quantize(arithmetic.activations, x, 'activations'));
      const w = hold(arithmetic.weights.quantize(weights, this.#randomness('weights')));
      const isTransformed = arithmetic.weightGradient?.hadamardSize !== undefined;
      const input = isTransformed ? tf.keep(tf.clone(x)) : null;
      if (input) held.push(input);
      return {
        y: product.forward(a, w),
        backward: (dy, needsInputGradient = true) => {
          const gradients = kept(this.#quantize(arithmetic.outputGradients, dy, 'outputGradients'));
          const dx = needsInputGradient ? product.inputGradient(gradients, w) : null;
          tf.dispose(operandTensors(w));
          const operands = this.#weightGradientOperands({ a, input, dy, gradients });
          input?.dispose();
          const { normMethod } = this.#options;
          return { dx, weightGradient: new WeightGradient(operands, weights.shape, normMethod) };
        },
        dispose,
      };
    } catch (error) {
      dispose();
      throw error;
    }
  }

  #randomness(purpose: RandomPurpose, draw = 0): RandomStream {
    return { ...this.#options.randomness(purpose), draw };
  }

  #quantize(quantizer: Quantizer, x: tf.Tensor, purpose: RandomPurpose, draw = 0): Operand {
    return quantizer.quantize(x, this.#randomness(purpose, draw), this.#options.examples);
  }

  /** Keeps the returned operands, and disposes the others. */
  #weightGradientOperands({ a, input, dy, gradients }: KeptOperands): WeightGradientOperands {
    const { arithmetic, product } = this.#options;
    const { draws = 1, hadamardSize } = arithmetic.weightGradient ?? {};
    if (hadamardSize !== undefined && input !== null) {
      const unfolded = product.unfold(input, dy);
      if (unfolded.inputs.shape[1] > 1) {
        tf.dispose([a, gradients].flatMap(operandTensors));
        return this.#transformedOperands(unfolded, hadamardSize, draws);
      }
      tf.dispose([unfolded.inputs, unfolded.outputGradients]);
    }
    const outputGradients = kept(
      this.#averaged(gradients, draws, (draw) =>
        this.#quantize(arithmetic.outputGradients, dy, 'outputGradients', draw),
      ),
    );
    return { product, inputs: a, outputGradients, isTransposed: false };
  }

  /** Both operands transformed along the positions, quantized, and transposed back. */
  #transformedOperands(
    unfolded: UnfoldedOperands,
    hadamardSize: number,
    draws: number,
  ): WeightGradientOperands {
    const { arithmetic } = this.#options;
    const signs = hadamardSigns(hadamardSize, this.#randomness('hadamardSigns'));
    let operands!: WeightGradientOperands;
    tf.tidy(() => {
      const [x, gradients] = [unfolded.inputs, unfolded.outputGradients].map((operand) =>
        hadamardTransform(tf.transpose(operand, [0, 2, 1]), signs),
      ) as [tf.Tensor3D, tf.Tensor3D];
      const draw = (k: number) =>
        this.#quantize(arithmetic.outputGradients, gradients, 'transformedOutputGradients', k);
      operands = {
        product: matMulProduct,
        inputs: kept(
          withChannelsLast(this.#quantize(arithmetic.activations, x, 'transformedActivations')),
        ),
        outputGradients: kept(withChannelsLast(this.#averaged(draw(0), draws, draw))),
        isTransposed: unfolded.isTransposed,
      };
    });
    tf.dispose([unfolded.inputs, unfolded.outputGradients]);
    return operands;
  }

  /**
   * The average of `draws` quantizations of the same values. They have the same scales, so their
   * codes can be added. Disposes `first`, or returns it.
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
      // A sum of binary16 numbers is not always a binary16 number.
      isFloat16: false,
      codes,
      scales: dividedScales(scales, draws),
      ...(largestInteger === undefined ? {} : { largestInteger: largestInteger * draws }),
    };
  }
}

/** Disposes the given scales. */
function dividedScales(scales: Operand['scales'], draws: number): Operand['scales'] {
  if (!(scales instanceof tf.Tensor)) return scales?.map((scale) => scale / draws) ?? null;
  const divided = tf.div<tf.Tensor1D>(scales, draws);
  scales.dispose();
  return divided;
}

/** The inputs of a backward pass. */
interface KeptOperands {
  /** The quantized inputs. */
  readonly a: Operand;
  /** The inputs themselves, if the weight gradient transforms them first. */
  readonly input: tf.Tensor | null;
  readonly dy: tf.Tensor;
  /** The first quantization of `dy`. */
  readonly gradients: Operand;
}

/** The operand, with its tensors kept beyond the current tidy. */
function kept<T extends Operand>(operand: T): T {
  for (const tensor of operandTensors(operand)) tf.keep(tensor);
  return operand;
}

/** [n, channels, positions] → [n, positions, channels]. */
function withChannelsLast(operand: Operand): Operand {
  const { scaleLayout } = operand;
  const codes = scaleLayout === undefined ? operand.codes : dequantize(operand);
  const turnedCodes = tf.transpose(codes as tf.Tensor3D, [0, 2, 1]);
  if (scaleLayout !== undefined) return { codes: turnedCodes, scales: null };
  return { ...operand, codes: turnedCodes };
}
