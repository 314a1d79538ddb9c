import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { ClippingRule } from '@dpquant/mechanisms';
import type { LayerArithmetic } from '@dpquant/quantization';
import type { ExampleKeys } from '@dpquant/random';
import { onlyInput, withReplacedCalls } from './interception.ts';
import type { PerExampleLoss } from './losses.ts';
import { trainableVariables } from './modelLayers.ts';
import type { PerExampleGradients } from './perExampleGradients.ts';
import { ruleFor } from './rules/registry.ts';
import { TappedPass, type PassRounding } from './rules/tappedPass.ts';

/** Examples as tensors; the first axis of both counts them. The caller keeps them. */
export interface ExampleBatch {
  readonly inputs: tf.Tensor;
  readonly targets: tf.Tensor;
  /** 1 for an example, 0 for padding, which contributes nothing. */
  readonly mask: Float32Array;
  readonly keys: ExampleKeys;
}

export interface ContributeOptions {
  readonly loss: PerExampleLoss;
  readonly clipping: ClippingRule;
  /** Arithmetic of a layer, by its name. */
  readonly arithmetic: (layer: string) => LayerArithmetic;
  readonly rounding: PassRounding;
}

/** What one physical batch adds to a step. Contributions of several batches add. */
export interface Contribution {
  /** Σ over the examples of the clipped gradients, by weight name. Owned by the contribution. */
  readonly sums: ReadonlyMap<string, tf.Tensor>;
  /** Greatest L2 norm by which adding or removing one example changes `sums`. */
  readonly sensitivity: number;
  /** Un-noised quantities about the examples: outside of any guarantee. */
  readonly unsafe: {
    /** Sum of the losses of the real examples. */
    readonly lossSum: number;
    /** Upper bounds of the gradient norms before clipping; NaN where not finite. */
    readonly norms: Float64Array;
    /** The factors that the gradients were multiplied by. */
    readonly factors: Float32Array;
  };
  dispose(): void;
}

/**
 * Clipped gradient sum of a batch, from one forward and one backward pass, without storing
 * per-example gradients (book-keeping, Bu et al., arXiv 2210.00038).
 *
 * Guarantee: with arithmetics that pass `requirePerExampleScales`, adding or removing one example
 * changes `sums` by at most `sensitivity` in L2 norm, up to the float32 rounding of the sum. An
 * example whose gradient is not finite contributes nothing and changes nothing else.
 *
 * The model is untouched afterwards. It must have passed `validateModel`.
 *
 * @throws Error when a trainable weight is not covered, naming it
 */
export async function contribute(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  options: ContributeOptions,
): Promise<Contribution> {
  const tap = tf.tidy(() => tf.variable(tf.scalar(0), true));
  const pass = new TappedPass(tap, batch.keys, options.rounding, options.arithmetic);
  try {
    const lossSum = walkTape(model, batch, options.loss, tap, pass);
    const norms = gradientNorms(pass.gradients, batch.mask.length);
    const factors = options.clipping.factors(norms);
    leaveOut(pass.gradients, norms, batch.mask, factors);
    const sums = new Map(
      pass.gradients.map((gradients) => [gradients.variable.name, gradients.weightedSum(factors)]),
    );
    return {
      sums,
      sensitivity: options.clipping.sensitivity,
      unsafe: { lossSum, norms, factors },
      dispose: () => tf.dispose([...sums.values()]),
    };
  } finally {
    pass.dispose();
    tap.dispose();
  }
}

/** Forward and backward pass; leaves the per-example gradients in `pass`. Returns the summed loss. */
function walkTape(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  loss: PerExampleLoss,
  tap: tf.Variable,
  pass: TappedPass,
): number {
  const trainable = trainableVariables(model);
  const summedLoss = () => {
    const predictions = model.apply(batch.inputs, { training: true }) as tf.Tensor;
    const losses = loss(predictions, batch.targets);
    const count = batch.mask.length;
    if (losses.rank !== 1 || losses.shape[0] !== count) {
      throw new Error(
        `loss: expected one value an example, [${count}], got [${losses.shape.join(', ')}]`,
      );
    }
    return tf.sum(tf.mul(losses, tf.tensor1d(batch.mask))) as tf.Scalar;
  };
  const replaced = (layer: tfl.layers.Layer) => {
    const rule = layer.trainableWeights.length > 0 ? ruleFor(layer) : undefined;
    return rule
      ? (inputs: tf.Tensor | tf.Tensor[]) => rule.call(layer, onlyInput(inputs), pass)
      : null;
  };
  const { value, grads } = withReplacedCalls(model, replaced, () =>
    tf.variableGrads(summedLoss, [tap, ...trainable]),
  );
  const lossSum = value.dataSync()[0]!;
  const withGradient = Object.keys(grads).filter((name) => name !== tap.name);
  tf.dispose([value, grads]);
  const covered = new Set(pass.gradients.map(({ variable }) => variable));
  const uncovered = trainable.filter(
    (variable) => withGradient.includes(variable.name) || !covered.has(variable),
  );
  if (uncovered.length > 0) {
    throw new Error(
      `weights ${uncovered.map(({ name }) => `"${name}"`).join(', ')}: not covered by the ` +
        'per-example norm; run validateModel to see which layer they belong to',
    );
  }
  return lossSum;
}

/** √Σ over the weights of the squared norms, an example. */
function gradientNorms(gradients: readonly PerExampleGradients[], count: number): Float64Array {
  const squared = new Float64Array(count);
  for (const weight of gradients) {
    weight.squaredNorms().forEach((value, i) => (squared[i]! += value));
  }
  return squared.map((value) => (Number.isFinite(value) ? Math.sqrt(value) : NaN));
}

/** Zeroes, by selection, what is padding or not finite. */
function leaveOut(
  gradients: readonly PerExampleGradients[],
  norms: Float64Array,
  mask: Float32Array,
  factors: Float32Array,
): void {
  const keep = Uint8Array.from(norms, (norm, i) => (Number.isFinite(norm) && mask[i]! > 0 ? 1 : 0));
  keep.forEach((kept, i) => {
    if (!kept) factors[i] = 0;
  });
  if (norms.every(Number.isFinite)) return;
  for (const weight of gradients) weight.keepOnly(keep);
}
