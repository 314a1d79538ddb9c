import { momentOptimizer, type MomentOptions } from './momentOptimizer.ts';
import type { Optimizer } from './optimizer.ts';

export interface AdamOptions extends MomentOptions {
  /** Added to the denominator. Default 1e-8. */
  readonly epsilon?: number;
}

export interface AdamWOptions extends AdamOptions {
  /** λ: a step at learning rate r subtracts the share r·λ of each weight. Default 0.01. */
  readonly weightDecay?: number;
}

export interface AdamBCOptions extends MomentOptions {
  /**
   * γ, the lower bound of the corrected second moment, in squared units of the mean gradient. The
   * smaller it is, the larger are the steps of weights whose gradient is only noise. The authors
   * tune it for each task (their published commands have 1e-9 and 7e-9), together with the learning
   * rate.
   *
   * Our default is two standard errors of v̂ on pure noise, below which v̂ − φ̂ carries no
   * information: 2·φ̂·√(2·(1−β₂)/(1+β₂)·(1+β₂ᵗ)/(1−β₂ᵗ)), or 1e-16 if that is less. It scales with
   * the noise, and keeps steps small while v̂ averages few gradients.
   */
  readonly secondMomentFloor?: number;
}

/**
 * Adam (Kingma & Ba, arXiv 1412.6980, algorithm 1), in step t, from 1: m ← β₁m + (1−β₁)g, v ← β₂v +
 * (1−β₂)g², m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ), w ← w − learningRate·m̂/(√v̂ + ε).
 *
 * Privacy noise of standard deviation s adds s² to v̂. Where it dominates, this is SGD with
 * momentum at learning rate learningRate/s; see `adamBC`.
 *
 * @throws RangeError for invalid options
 */
export function adam({ epsilon = 1e-8, ...moments }: AdamOptions): Optimizer {
  requirePositive('epsilon', epsilon);
  return momentOptimizer('adam', moments, { epsilon });
}

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter, arXiv 1711.05101, algorithm 2): w ← (1 −
 * learningRate·λ)·w − learningRate·m̂/(√v̂ + ε). The decay depends on the weights alone and costs
 * no privacy. All weights decay, biases included.
 *
 * @throws RangeError for invalid options
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
 * DP-AdamBC (Tang, Shpilevskiy & Lécuyer, arXiv 2312.14334): Adam without the bias that privacy
 * noise adds to the second moment, w ← w − learningRate·m̂/√max(v̂ − φ̂, γ).
 *
 * The paper has one noise deviation s and φ̂ = s². Here the noise may differ from step to step: φ̂
 * is the average of the steps' s², weighted as v̂ weights the steps.
 *
 * @throws RangeError for invalid options, and in a step without a noise deviation
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
