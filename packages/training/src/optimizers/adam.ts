import { momentOptimizer, type MomentOptions } from './momentOptimizer.ts';
import type { Optimizer } from './optimizer.ts';

export interface AdamOptions extends MomentOptions {
  /** Added to the denominator. Default 1e-8. */
  readonly epsilon?: number;
}

export interface AdamWOptions extends AdamOptions {
  /** λ: a step at learning rate r takes away a share r·λ of each weight. Default 0.01. */
  readonly weightDecay?: number;
}

export interface AdamBCOptions extends MomentOptions {
  /**
   * γ, the least value of the second moment after the correction, in squared units of the mean
   * gradient: the smaller, the larger the steps of weights whose gradient is nothing but noise. The
   * authors tune it for each task (their published commands have 1e-9 and 7e-9), with learning rates
   * to match.
   *
   * Our default is two standard errors that v̂ has on pure noise, below which v̂ − φ̂ says nothing:
   * 2·φ̂·√(2·(1−β₂)/(1+β₂)·(1+β₂ᵗ)/(1−β₂ᵗ)), and 1e-16 where that is less. It follows the noise, and
   * makes steps cautious as long as v̂ is an average of few.
   */
  readonly secondMomentFloor?: number;
}

/**
 * Adam (Kingma & Ba, arXiv 1412.6980, algorithm 1), in step t, from 1:
 * m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ),
 * w ← w − learningRate·m̂/(√v̂ + ε).
 *
 * Privacy noise of deviation s adds s² to v̂. Where it dominates, this is SGD with momentum at a
 * learning rate of learningRate/s; see `adamBC`.
 *
 * @throws RangeError for options that cannot be
 */
export function adam({ epsilon = 1e-8, ...moments }: AdamOptions): Optimizer {
  requirePositive('epsilon', epsilon);
  return momentOptimizer('adam', moments, { epsilon });
}

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter, arXiv 1711.05101, algorithm 2), which sees
 * nothing but the weights and costs no privacy: w ← (1 − learningRate·λ)·w − learningRate·m̂/(√v̂ + ε).
 * All weights decay, biases included.
 *
 * @throws RangeError for options that cannot be
 */
export function adamW(options: AdamWOptions): Optimizer {
  const { epsilon = 1e-8, weightDecay = 0.01, ...moments } = options;
  requirePositive('epsilon', epsilon);
  if (!(weightDecay >= 0 && weightDecay < Infinity)) {
    throw new RangeError(`weightDecay: expected a number of at least 0, got ${weightDecay}`);
  }
  return momentOptimizer('adamw', moments, { epsilon, weightDecay });
}

/**
 * DP-AdamBC (Tang, Shpilevskiy & Lécuyer, arXiv 2312.14334): Adam without the bias that privacy noise
 * puts into the second moment, w ← w − learningRate·m̂/√max(v̂ − φ̂, γ).
 *
 * Where the paper has one noise deviation s and φ̂ = s², the noise may differ from step to step here:
 * φ̂ is the average of the steps' s² with the weights that v̂ gives to them.
 *
 * @throws RangeError for options that cannot be, and in a step without a noise deviation
 */
export function adamBC({ secondMomentFloor, ...moments }: AdamBCOptions): Optimizer {
  if (secondMomentFloor !== undefined) requirePositive('secondMomentFloor', secondMomentFloor);
  return momentOptimizer('adam-bc', moments, { noiseCorrection: { floor: secondMomentFloor } });
}

function requirePositive(name: string, value: number): void {
  if (!(value > 0 && value < Infinity)) {
    throw new RangeError(`${name}: expected a positive number, got ${value}`);
  }
}
