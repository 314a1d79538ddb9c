import type * as tfl from '@tensorflow/tfjs-layers';
import type { ClippingRule } from '@dpquant/mechanisms';
import { layerArithmetic } from '@dpquant/quantization';
import { contribute, type Contribution } from '../contribute.ts';
import type { ContributeOptions, ExampleBatch } from '../contributeOptions.ts';
import { disposeBatch, type BatchChange } from './changedBatch.ts';

/** Largest relative difference that another order of summation may cause. */
const tolerance = 1e-6;

/**
 * Requires that the gradients of all other examples stay the same when some examples are replaced:
 * their norms, and their sum without the replaced examples.
 *
 * @throws Error that names the weights
 */
export async function requireIndependentGradients(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  loss: ContributeOptions['loss'],
  changes: readonly BatchChange[],
): Promise<void> {
  if (model.trainableWeights.length === 0) return;
  let before: Gradients | null = null;
  for (const [i, { examples, make }] of changes.entries()) {
    // Sums are compared for the first two sets, which together are all examples. For later sets
    // norms are compared, which are known by then.
    const withSums: boolean = i < 2;
    if (withSums || !before) before = await gradientsWithout(examples, model, batch, loss);
    const changed = make();
    try {
      const after = await gradientsWithout(examples, model, changed, loss);
      const names = differing(before, after, examples, withSums);
      if (names.length > 0) {
        throw new Error(
          `weights ${names.map((name) => `"${name}"`).join(', ')}: changing one example changes the ` +
            'per-example gradients of another, so that clipping would not bound its influence; correct the rule of their ' +
            'layer, or the gradient of a layer or loss after it',
        );
      }
    } finally {
      disposeBatch(changed);
    }
  }
}

interface Gradients {
  readonly norms: Float64Array;
  readonly sums: Contribution['sums'];
}

/** Norms of the gradients, and the unclipped sum of the gradients without the examples `left`. */
async function gradientsWithout(
  left: readonly number[],
  model: tfl.LayersModel,
  batch: ExampleBatch,
  loss: ContributeOptions['loss'],
): Promise<Gradients> {
  const clipping: ClippingRule = {
    name: 'all but some',
    sensitivity: Infinity,
    scope: 'gradient',
    factors: (norms) =>
      Float32Array.from(norms, (norm, i) => (!left.includes(i) && Number.isFinite(norm) ? 1 : 0)),
  };
  const float32 = layerArithmetic('float32');
  const { sums, unsafe } = await contribute(model, batch, {
    loss,
    clipping,
    arithmetic: () => float32,
    randomness: { key: [0, 0], step: 0 },
  });
  return { norms: unsafe.norms, sums };
}

/** Whether two values at the same index differ by more than allowed, or are not numbers. */
function areFurther(a: ArrayLike<number>, b: ArrayLike<number>, allowed: number): boolean {
  for (let i = 0; i < a.length; i++) if (!(Math.abs(a[i]! - b[i]!) <= allowed)) return true;
  return false;
}

/** Names of the weights whose sums differ; all weights if only norms differ. */
function differing(
  before: Gradients,
  after: Gradients,
  changed: readonly number[],
  withSums: boolean,
): string[] {
  const others = [...before.norms.keys()].filter((i) => !changed.includes(i));
  const scale = others.reduce((sum, i) => sum + (before.norms[i]! || 0), 0);
  const names = [...before.sums.keys()].filter((name) => {
    const [a, b] = [before.sums.get(name)!, after.sums.get(name)!];
    return withSums && areFurther(a, b, tolerance * scale);
  });
  const isOther = (i: number) => {
    const [a, b] = [before.norms[i]!, after.norms[i]!];
    return !(Math.abs(a - b) <= tolerance * a || (Number.isNaN(a) && Number.isNaN(b)));
  };
  if (names.length === 0 && others.some(isOther)) return [...before.sums.keys()];
  return names;
}
