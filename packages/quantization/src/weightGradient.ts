import * as tf from '@tensorflow/tfjs-core';
import {
  dequantize,
  keepExamples,
  operandTensors,
  readScales,
  type Operand,
  type ReadOperand,
} from './operand.ts';
import type { LinearProduct, UnfoldedOperands } from './products/linearProduct.ts';
import { transposed } from './products/roundedSum.ts';
import type { NormMethod } from './products/squaredNorms.ts';

/** The two operands of the product that is a layer's weight gradient. */
export interface WeightGradientOperands<T extends Operand = Operand> {
  /** How they multiply: the layer's own product, or a matrix product where they are unfolded. */
  readonly product: LinearProduct;
  /** Whether that gives the weight gradient with its two axes swapped. */
  readonly isTransposed: boolean;
  readonly inputs: T;
  readonly outputGradients: T;
}

/**
 * Per-example gradients of a weight whose norms are known: clipping factors can be formed from
 * them, and the gradients summed. Norms and sums are of exactly the same values. It may be used
 * until the gradients that it comes from are disposed.
 */
export interface SummableGradients {
  /**
   * For every example an upper bound of the squared norm of the float32 values that `roundedSum`
   * rounds. Not finite where a gradient is not, or is too long for float32.
   */
  readonly squaredNorms: Float64Array;
  /**
   * Σ_i rint(fl(factors[i]·gradient_i)), flat, in the order of the weight's elements: whole
   * numbers. What an example adds depends only on that example and its factor, bit for bit; one
   * whose factor is 0 adds nothing, whatever its values are.
   *
   * @param factors one per example, 0 or normal float32
   */
  readonly roundedSum: (factors: Float32Array) => Promise<Int32Array>;
  /**
   * Σ_i factors[i]·gradient_i in float32, in the shape of the weight. The caller owns it.
   *
   * @param keep 0 for the examples to leave out by selection, whose gradients need not be finite;
   *   null (default) where all are finite
   */
  readonly weightedSum: (factors: Float32Array, keep?: Uint8Array | null) => tf.Tensor;
}

/**
 * The weight gradients of the examples of a batch, as the operands that they are products of.
 * Holds these until disposed.
 */
export class WeightGradient {
  readonly operands: WeightGradientOperands;
  readonly #weightShape: number[];
  readonly #normMethod: NormMethod | undefined;

  /**
   * @param operands owned from now on
   * @param weightShape shape of `weightedSum`
   * @param normMethod default `cheaper`
   */
  constructor(operands: WeightGradientOperands, weightShape: number[], normMethod?: NormMethod) {
    this.operands = operands;
    this.#weightShape = weightShape;
    this.#normMethod = normMethod;
  }

  /** Computes the norms, after which the gradients can be summed. */
  async norms(): Promise<SummableGradients> {
    const { product } = this.operands;
    const inputs = await readScales(this.operands.inputs);
    const outputGradients = await readScales(this.operands.outputGradients);
    const read = { ...this.operands, inputs, outputGradients };
    return {
      squaredNorms: await product.squaredWeightGradientNorms(
        inputs,
        outputGradients,
        this.#normMethod,
      ),
      roundedSum: (factors) => roundedSum(read, factors),
      weightedSum: (factors, keep = null) => weightedSum(read, factors, keep, this.#weightShape),
    };
  }

  /** The dequantized operands, unfolded. The caller owns them. */
  unfold(): UnfoldedOperands {
    const { product, inputs, outputGradients, isTransposed } = this.operands;
    const [x, dy] = [dequantize(inputs), dequantize(outputGradients)];
    const unfolded = product.unfold(x, dy);
    tf.dispose([x, dy]);
    return { ...unfolded, isTransposed: unfolded.isTransposed || isTransposed };
  }

  dispose(): void {
    const { inputs, outputGradients } = this.operands;
    tf.dispose([...operandTensors(inputs), ...operandTensors(outputGradients)]);
  }
}

/** As of `SummableGradients`. */
async function roundedSum(
  { product, inputs, outputGradients, isTransposed }: WeightGradientOperands<ReadOperand>,
  factors: Float32Array,
): Promise<Int32Array> {
  const [p, d] = [inputs.codes.shape.at(-1)!, outputGradients.codes.shape.at(-1)!];
  const sum = await product.roundedWeightGradient(inputs, outputGradients, factors);
  return isTransposed ? transposed(sum, p, d) : sum;
}

/** As of `SummableGradients`. */
function weightedSum(
  { product, inputs, outputGradients, isTransposed }: WeightGradientOperands<ReadOperand>,
  factors: Float32Array,
  keep: Uint8Array | null,
  shape: number[],
): tf.Tensor {
  return tf.tidy(() => {
    const [a, dy] = [inputs, outputGradients].map((operand) =>
      keep === null ? operand : keepExamples(operand, keep),
    ) as [ReadOperand, ReadOperand];
    const sum = product.clippedWeightGradient(a, dy, factors);
    return tf.reshape(isTransposed ? tf.transpose(sum) : sum, shape);
  });
}
