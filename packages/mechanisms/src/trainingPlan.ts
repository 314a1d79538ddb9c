import { gaussian, poissonSampled, selfComposed, type PrivacyEvent } from '@dpquant/accounting';
import {
  SecureRandom,
  SeededRandom,
  type RandomSource,
  type SeededRandomState,
} from '@dpquant/random';
import { addGaussianNoise } from './gaussianMechanism.ts';
import { poissonSample } from './poissonSampling.ts';

/** What a run fixes before it sees any data; all of it is public. */
export interface TrainingPlanOptions {
  /** Number of privacy units in the private data set. */
  readonly unitCount: number;
  /** Probability with which each unit takes part in a step, in (0, 1]. */
  readonly sampleRate: number;
  /** Standard deviation of the noise over the clip norm; 0 adds none and guarantees nothing. */
  readonly noiseMultiplier: number;
  /** Greatest L2 norm of what one unit contributes. */
  readonly clipNorm: number;
  /** Greatest number of steps. */
  readonly steps: number;
  /** Steps that were charged already, when a run is resumed. */
  readonly chargedSteps?: number;
  /**
   * Makes sampling and noise reproducible. Whoever knows the seed can subtract the noise: the plan
   * then guarantees nothing and says so.
   */
  readonly insecureSeed?: number;
  /** Where the reproducible randomness stood, when a run with an insecure seed is resumed. */
  readonly randomState?: PlanRandomState;
}

/** Position of the reproducible randomness of a plan with an insecure seed. */
export interface PlanRandomState {
  readonly sampling: SeededRandomState;
  readonly noise: SeededRandomState;
}

/** One draw of the plan: the units that take part in one step, and what it costs. */
export interface SampledStep {
  /** Number of the step, from 0. */
  readonly step: number;
  /** Units drawn, ascending; private. */
  readonly units: Uint32Array;
  /** What releasing this step costs; to be charged before anything is computed from the units. */
  readonly event: PrivacyEvent;
}

/** Sum of clipped gradients over the units of one step, by weight name. */
export interface ClippedSums {
  readonly sums: ReadonlyMap<string, Float32Array>;
  /** Greatest L2 norm by which one unit can change `sums`. */
  readonly sensitivity: number;
}

/** The private mean gradient of one step: the only thing about the units that leaves the plan. */
export interface Release {
  readonly mean: ReadonlyMap<string, Float32Array>;
  readonly event: PrivacyEvent;
}

/**
 * Couples sampling, noise and accounting of DP-SGD, so that what is sampled and released is what is
 * accounted (adjacency: add or remove one unit).
 *
 * - `sample` draws a Poisson sample; past the last planned step it throws.
 * - `release` adds Gaussian noise of standard deviation σ·C once per step, and divides by the
 *   *expected* batch size; an empty sample is a step of pure noise.
 * - Each sampled step can be released once.
 */
export class TrainingPlan {
  readonly unitCount: number;
  readonly sampleRate: number;
  readonly noiseMultiplier: number;
  readonly clipNorm: number;
  readonly steps: number;
  /** `differential privacy`, or `none` where noise is missing or can be reproduced. */
  readonly guarantee: 'differential privacy' | 'none';
  /** What one step costs. */
  readonly stepEvent: PrivacyEvent;
  readonly #sampling: RandomSource;
  readonly #noise: RandomSource;
  readonly #open = new WeakSet<SampledStep>();
  #charged: number;

  constructor(options: TrainingPlanOptions) {
    checkOptions(options);
    const { insecureSeed, randomState } = options;
    this.unitCount = options.unitCount;
    this.sampleRate = options.sampleRate;
    this.noiseMultiplier = options.noiseMultiplier;
    this.clipNorm = options.clipNorm;
    this.steps = options.steps;
    this.#charged = options.chargedSteps ?? 0;
    const reproducible = insecureSeed !== undefined;
    this.guarantee =
      reproducible || options.noiseMultiplier === 0 ? 'none' : 'differential privacy';
    this.stepEvent = poissonSampled(options.sampleRate, gaussian(options.noiseMultiplier));
    const source = (purpose: 'sampling' | 'noise'): RandomSource => {
      if (!reproducible) return new SecureRandom();
      if (randomState) return SeededRandom.fromJSON(randomState[purpose]);
      return new SeededRandom(insecureSeed, purpose);
    };
    this.#sampling = source('sampling');
    this.#noise = source('noise');
  }

  /** Expected number of units in a step: the public divisor of the released mean. */
  get expectedBatchSize(): number {
    return this.sampleRate * this.unitCount;
  }

  /** Steps charged so far, including those lost with an interrupted run. */
  get chargedSteps(): number {
    return this.#charged;
  }

  /** What the whole plan costs: the guarantee that the run quotes. */
  get totalEvent(): PrivacyEvent {
    return selfComposed(this.stepEvent, this.steps);
  }

  /**
   * Draws the units of the next step and counts it as charged.
   *
   * @throws RangeError when all planned steps are charged
   */
  sample(step: number): SampledStep {
    if (this.#charged >= this.steps) {
      throw new RangeError(
        `step ${step}: all ${this.steps} planned steps are charged; the privacy budget allows no more`,
      );
    }
    this.#charged++;
    const units = poissonSample(this.unitCount, this.sampleRate, this.#sampling);
    const sampled: SampledStep = { step, units, event: this.stepEvent };
    this.#open.add(sampled);
    return sampled;
  }

  /**
   * Releases the noisy mean of one sampled step.
   *
   * @throws RangeError when the sums' sensitivity is not the plan's clip norm
   * @throws Error when the step was released before or comes from another plan
   */
  release(sampled: SampledStep, contribution: ClippedSums): Release {
    if (contribution.sensitivity !== this.clipNorm) {
      throw new RangeError(
        `sensitivity: the plan's noise is for ${this.clipNorm}, the sums have ${contribution.sensitivity}; ` +
          "clip to the plan's clip norm",
      );
    }
    if (!this.#open.delete(sampled)) {
      throw new Error(
        `step ${sampled.step}: not an open step of this plan; each sampled step is released once`,
      );
    }
    const mean = new Map<string, Float32Array>();
    for (const [name, sum] of contribution.sums) {
      const values = Float32Array.from(sum);
      addGaussianNoise(values, this.noiseMultiplier * this.clipNorm, this.#noise);
      for (let i = 0; i < values.length; i++) values[i] = values[i]! / this.expectedBatchSize;
      mean.set(name, values);
    }
    return { mean, event: sampled.event };
  }

  /** Where the reproducible randomness stands; undefined for a secure plan, whose state is secret. */
  randomState(): PlanRandomState | undefined {
    if (!(this.#sampling instanceof SeededRandom && this.#noise instanceof SeededRandom)) {
      return undefined;
    }
    return { sampling: this.#sampling.toJSON(), noise: this.#noise.toJSON() };
  }
}

function checkOptions(options: TrainingPlanOptions): void {
  const check = (name: string, value: number, ok: boolean, expected: string) => {
    if (!ok) throw new RangeError(`${name}: expected ${expected}, got ${value}`);
  };
  const { unitCount, sampleRate, noiseMultiplier, clipNorm, steps, chargedSteps = 0 } = options;
  check('unitCount', unitCount, Number.isInteger(unitCount) && unitCount > 0, 'a whole number > 0');
  check('sampleRate', sampleRate, sampleRate > 0 && sampleRate <= 1, 'a number in (0, 1]');
  check(
    'noiseMultiplier',
    noiseMultiplier,
    noiseMultiplier >= 0 && noiseMultiplier < Infinity,
    'a number ≥ 0',
  );
  check('clipNorm', clipNorm, clipNorm > 0 && clipNorm < Infinity, 'a number > 0');
  check('steps', steps, Number.isInteger(steps) && steps >= 0, 'a whole number ≥ 0');
  check(
    'chargedSteps',
    chargedSteps,
    Number.isInteger(chargedSteps) && chargedSteps >= 0,
    'a whole number ≥ 0',
  );
}
