import {
  composed,
  gaussian,
  poissonSampled,
  selfComposed,
  type PrivacyEvent,
} from '@dpquant/accounting';
import type { RandomSource } from '@dpquant/random';
import { poissonSample } from './poissonSampling.ts';
import { valueAt, type StepSchedule } from './stepSchedule.ts';

export interface PlannedDrawsOptions {
  /** What is drawn for, as error messages call it: `step`, `analysis`. */
  readonly what: string;
  readonly unitCount: number;
  /** Probability with which each unit falls into one batch. */
  readonly sampleRate: number;
  /** Independent batches behind one release. Default 1. */
  readonly batches?: number;
  /** Standard deviation of the noise over the sensitivity of what is released. */
  readonly noiseMultiplier: number | StepSchedule;
  /** Greatest number of draws. */
  readonly count: number;
  /** Draws that were charged already. */
  readonly charged: number;
  readonly random: RandomSource;
}

/** The batches behind one release. */
export interface Draw {
  /** Number of the draw, from 0, those charged before included. */
  readonly index: number;
  /** Units of each batch, ascending; private. */
  readonly batches: readonly Uint32Array[];
  /** What the release will cost; to be charged before anything is computed from the batches. */
  readonly event: PrivacyEvent;
}

/**
 * A fixed number of Poisson draws, each of which is charged when it is drawn and released once at
 * most: the part that training steps and analyses have in common.
 *
 * A unit takes part in a release of `batches` independent draws with probability 1 − (1 − q)^batches:
 * that is the sample rate of the event.
 */
export class PlannedDraws {
  readonly #options: PlannedDrawsOptions;
  readonly #open = new WeakSet<object>();
  #charged: number;

  constructor(options: PlannedDrawsOptions) {
    this.#options = options;
    this.#charged = options.charged;
  }

  /** Draws charged so far. */
  get charged(): number {
    return this.#charged;
  }

  /** Noise multiplier of a draw. */
  noiseMultiplier(index: number): number {
    return valueAt(this.#options.noiseMultiplier, index);
  }

  /** What one draw costs. */
  event(index: number): PrivacyEvent {
    const { sampleRate, batches = 1 } = this.#options;
    // −expm1(J·log1p(−q)), which is exact also for small q; q itself for one batch.
    const rate = batches === 1 ? sampleRate : -Math.expm1(batches * Math.log1p(-sampleRate));
    return poissonSampled(rate, gaussian(this.noiseMultiplier(index)));
  }

  /** What the first `count` draws cost together, equal ones in a row as one entry. */
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

  /** @throws RangeError when all planned draws are charged */
  draw(): Draw {
    const { what, count, unitCount, sampleRate, batches = 1, random } = this.#options;
    if (this.#charged >= count) {
      throw new RangeError(
        `${what}: all ${count} planned ones are charged; the privacy budget allows no more`,
      );
    }
    const index = this.#charged++;
    const draw = {
      index,
      batches: Array.from({ length: batches }, () => poissonSample(unitCount, sampleRate, random)),
      event: this.event(index),
    };
    this.#open.add(draw.batches);
    return draw;
  }

  /**
   * Marks a draw as released.
   *
   * @throws Error when it was released before or is another plan's
   */
  close({ batches, index }: Pick<Draw, 'batches' | 'index'>): void {
    if (this.#open.delete(batches)) return;
    const { what } = this.#options;
    throw new Error(
      `${what} ${index}: not an open one of this plan; what was drawn is released once`,
    );
  }
}
