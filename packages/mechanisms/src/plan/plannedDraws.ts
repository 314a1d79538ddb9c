import {
  composed,
  gaussian,
  poissonSampled,
  selfComposed,
  type PrivacyEvent,
} from '@dpquant/accounting';
import type { RandomSource } from '@dpquant/random';
import { poissonSample } from '../sampling/poissonSampling.ts';
import { closenessOfValues } from '../noise/noiseRange.ts';
import { valueAtStep, type StepSchedule } from './stepSchedule.ts';

export interface PlannedDrawsOptions {
  /** Name of a draw in error messages: `step`, `analysis`. */
  readonly what: string;
  readonly unitCount: number;
  /** Probability with which each unit is in one batch. */
  readonly sampleRate: number;
  /** Independent batches behind one release. Default 1. */
  readonly batches?: number;
  /** Standard deviation of the noise divided by the sensitivity of the release. */
  readonly noiseMultiplier: number | StepSchedule;
  /** Largest number of values of a release. */
  readonly valueCount: number;
  /** Greatest number of draws. */
  readonly count: number;
  /** Number of draws that are already charged. */
  readonly charged: number;
  readonly random: RandomSource;
}

/** The batches behind one release. */
export interface Draw {
  /** Number of the draw, from 0, including those charged before. */
  readonly index: number;
  /** Units of each batch, ascending; private. */
  readonly batches: readonly Uint32Array[];
  /** Privacy cost of the release; charge it before anything is computed from the batches. */
  readonly event: PrivacyEvent;
}

/**
 * A fixed number of Poisson draws. Each is charged when it is drawn, and released at most once.
 * Used for training steps and analyses.
 *
 * A unit takes part in a release of `batches` independent draws with probability 1 − (1 −
 * q)^batches: that is the sample rate of the event.
 */
export class PlannedDraws {
  readonly #options: PlannedDrawsOptions;
  /** Number of each draw that was returned but not yet released. */
  readonly #open = new WeakMap<object, number>();
  #charged: number;

  constructor(options: PlannedDrawsOptions) {
    this.#options = options;
    this.#charged = options.charged;
  }

  /** Draws charged so far. */
  get charged(): number {
    return this.#charged;
  }

  /** Noise multiplier of a draw; after the last one, that of the last. */
  noiseMultiplier(index: number): number {
    const { noiseMultiplier, count } = this.#options;
    return valueAtStep(noiseMultiplier, Math.min(index, Math.max(0, count - 1)), count);
  }

  /**
   * Privacy cost of one draw: a Gaussian event, and the closeness of its noise to Gaussian noise.
   */
  event(index: number): PrivacyEvent {
    const { sampleRate, batches = 1, valueCount } = this.#options;
    // −expm1(J·log1p(−q)), which is exact also for small q; q itself for one batch.
    const rate = batches === 1 ? sampleRate : -Math.expm1(batches * Math.log1p(-sampleRate));
    const noiseMultiplier = this.noiseMultiplier(index);
    const ideal = poissonSampled(rate, gaussian(noiseMultiplier));
    return noiseMultiplier === 0 ? ideal : composed([ideal, closenessOfValues(valueCount)]);
  }

  /** Privacy cost of the first `count` draws together; equal consecutive ones are one entry. */
  totalEvent(count = this.#options.count): PrivacyEvent {
    if (typeof this.#options.noiseMultiplier === 'number') {
      return selfComposed(this.event(0), count);
    }
    const runs: { first: number; count: number }[] = [];
    for (let index = 0; index < count; index++) {
      const last = runs.at(-1);
      if (last && this.noiseMultiplier(last.first) === this.noiseMultiplier(index)) last.count++;
      else runs.push({ first: index, count: 1 });
    }
    return composed(runs.map((run) => selfComposed(this.event(run.first), run.count)));
  }

  /**
   * Draws, and counts the draw as charged.
   *
   * @param complete makes the returned object from the draw; `indexOf` and `close` recognize this
   *   object, which is frozen
   * @throws RangeError when all planned draws are charged
   */
  draw<T extends object>(complete: (draw: Draw) => T): Readonly<T> {
    const { what, count, unitCount, sampleRate, batches = 1, random } = this.#options;
    if (this.#charged >= count) {
      throw new RangeError(
        `${what}: all ${count} planned ones are charged; the privacy budget allows no more`,
      );
    }
    const index = this.#charged++;
    const drawn = complete({
      index,
      batches: Array.from({ length: batches }, () => poissonSample(unitCount, sampleRate, random)),
      event: this.event(index),
    });
    this.#open.set(drawn, index);
    return Object.freeze(drawn);
  }

  /**
   * Number of an open draw, identified by the object itself, not by its fields.
   *
   * @throws Error when it was released before, is a copy, or belongs to another plan
   */
  indexOf(drawn: object): number {
    const index = this.#open.get(drawn);
    if (index !== undefined) return index;
    const { what } = this.#options;
    throw new Error(
      `${what}: not an open one of this plan; pass the same object that was drawn, not a copy; ` +
        'what was drawn is released once',
    );
  }

  /**
   * Marks a draw as released, and returns its number.
   *
   * @throws Error as `indexOf`
   */
  close(drawn: object): number {
    const index = this.indexOf(drawn);
    this.#open.delete(drawn);
    return index;
  }
}
