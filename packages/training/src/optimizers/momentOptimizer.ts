import * as tf from '@tensorflow/tfjs-core';
import { checkedSchedule, type LearningRateSchedule } from './learningRateSchedules.ts';
import type { Optimizer } from './optimizer.ts';
import { gradientsOf, optimizerSlots } from './optimizerSlots.ts';

/** Options that Adam and its variants share. */
export interface MomentOptions {
  readonly learningRate: number | LearningRateSchedule;
  /** Decay β₁ of the first moment m, in [0, 1). Default 0.9. */
  readonly beta1?: number;
  /** Decay β₂ of the second moment v, in [0, 1). Default 0.999. */
  readonly beta2?: number;
}

/** Differences between Adam's variants; the factories check them. */
export interface MomentRule {
  /** Added to the denominator. Default 0. */
  readonly epsilon?: number;
  /** Decoupled weight decay. Default 0. */
  readonly weightDecay?: number;
  /** Subtracts the noise variance from the second moment, which is then at least `floor`. */
  readonly noiseCorrection?: {
    /** Default: two standard errors on pure noise, and at least 1e-16. */
    readonly floor: number | undefined;
  };
}

/**
 * The update of Adam and its variants: w ← (1 − learningRate·weightDecay)·w −
 * learningRate·m̂/(√max(v̂ − φ̂, floor) + epsilon), with φ̂ = floor = 0 without noise correction.
 */
export function momentOptimizer(
  name: string,
  { learningRate, beta1 = 0.9, beta2 = 0.999 }: MomentOptions,
  { epsilon = 0, weightDecay = 0, noiseCorrection }: MomentRule,
): Optimizer {
  const schedule = checkedSchedule(learningRate);
  for (const [option, value] of Object.entries({ beta1, beta2 })) {
    if (!(value >= 0 && value < 1)) {
      throw new RangeError(`${option}: expected a number in [0, 1), got ${value}`);
    }
  }
  const slots = optimizerSlots(
    name,
    ['first moment', 'second moment'],
    noiseCorrection ? ['steps', 'noise variance'] : ['steps'],
  );

  /** φ̂ and floor of step number `count`, including that step's noise. */
  function correctionOf(noiseDeviation: number, count: number) {
    if (!noiseCorrection) return { noiseVariance: 0, floor: 0 };
    const average = slots.shared('noise variance');
    average[0] = beta2 * average[0]! + (1 - beta2) * noiseDeviation ** 2;
    const remainder = beta2 ** count;
    const noiseVariance = average[0] / (1 - remainder);
    // The variance of z² is 2; the second factor is the sum of v̂'s squared weights.
    const squaredWeights = (((1 - beta2) / (1 + beta2)) * (1 + remainder)) / (1 - remainder);
    const standardError = noiseVariance * Math.sqrt(2 * squaredWeights);
    return { noiseVariance, floor: noiseCorrection.floor ?? Math.max(2 * standardError, 1e-16) };
  }

  return {
    name,
    apply(variables, mean, { step, noiseDeviation }) {
      if (noiseCorrection && !(noiseDeviation >= 0 && noiseDeviation < Infinity)) {
        throw new RangeError(
          `${name}: expected a noise deviation of at least 0, got ${noiseDeviation}`,
        );
      }
      const rate = schedule(step);
      const gradients = gradientsOf(name, variables, mean);
      const firstMoments = slots.perWeight('first moment', variables);
      const secondMoments = slots.perWeight('second moment', variables);
      // Exact in float32 below 2²⁴ steps; the correction is negligible long before.
      const count = ++slots.shared('steps')[0]!;
      const firstScale = rate / (1 - beta1 ** count);
      const secondScale = 1 / (1 - beta2 ** count);
      const { noiseVariance, floor } = correctionOf(noiseDeviation, count);
      variables.forEach((variable, i) => {
        const gradient = gradients[i]!;
        const first = firstMoments[i]!;
        const second = secondMoments[i]!;
        const change = new Float32Array(gradient.length);
        for (let j = 0; j < change.length; j++) {
          const g = gradient[j]!;
          const m = beta1 * first[j]! + (1 - beta1) * g;
          const v = beta2 * second[j]! + (1 - beta2) * g * g;
          first[j] = m;
          second[j] = v;
          const root = Math.sqrt(Math.max(v * secondScale - noiseVariance, floor));
          change[j] = (firstScale * m) / (root + epsilon);
        }
        tf.tidy(() => {
          const kept = weightDecay === 0 ? variable : tf.mul(variable, 1 - rate * weightDecay);
          variable.assign(tf.sub(kept, tf.tensor(change, variable.shape)));
        });
      });
    },
    state: () => slots.state(),
    restore: (state) => slots.restore(state),
  };
}
