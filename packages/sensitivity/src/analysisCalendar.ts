import { rankCorrelation } from './rankCorrelation.ts';

export interface AnalysisCalendarOptions {
  /** Greatest number of analyses, for which the plan pays. */
  readonly count: number;
  /** Epochs between planned analyses. */
  readonly interval: number;
  /** Epoch before which the first planned analysis is made, from 0. Default 0. */
  readonly start?: number;
  /**
   * Whether to skip planned analyses while the order of the layers stays the same. Decided from
   * released impacts only. Default true.
   */
  readonly adaptive?: boolean;
}

/** State of a calendar, as plain data. */
export interface AnalysisCalendarState {
  /** Epochs before which an analysis was made. */
  readonly done: readonly number[];
  /** Number of planned analyses to skip before the next. */
  readonly skip: number;
}

/** From this rank correlation on, the order of the layers counts as unchanged. */
const sameOrder = 0.9;
/** Greatest number of planned analyses skipped in a row. */
const longestSkip = 3;

/**
 * Decides before which epochs to analyse. The greatest number of analyses is fixed in advance; the
 * adaptive calendar only skips some, so its decisions cost no privacy and the planned guarantee
 * holds. Each time an analysis confirms the order of the previous one, one more planned analysis is
 * skipped after it, up to three; when the order changes, none.
 */
export class AnalysisCalendar {
  readonly #options: AnalysisCalendarOptions;
  #done: number[] = [];
  #skip = 0;

  constructor(options: AnalysisCalendarOptions) {
    const { count, interval, start = 0 } = options;
    if (!(Number.isInteger(start) && start >= 0)) {
      throw new RangeError(`start: expected a whole number ≥ 0, got ${start}`);
    }
    for (const [name, value] of Object.entries({ count, interval })) {
      if (!(Number.isInteger(value) && value > 0)) {
        throw new RangeError(`${name}: expected a whole number > 0, got ${value}`);
      }
    }
    this.#options = options;
  }

  /** Whether to analyse before an epoch (from 0). */
  isDue(epoch: number): boolean {
    const { count, interval, start = 0 } = this.#options;
    const since = epoch - start;
    if (since < 0 || since % interval !== 0 || since >= count * interval) return false;
    if (this.#done.includes(epoch)) return false;
    const last = this.#done.at(-1);
    return last === undefined || epoch - last > this.#skip * interval;
  }

  /**
   * Records an analysis.
   *
   * @param before smoothed impacts before the analysis, null if it was the first
   * @param after smoothed impacts after it
   */
  record(
    epoch: number,
    before: ReadonlyMap<string, number> | null,
    after: ReadonlyMap<string, number>,
  ): void {
    this.#done.push(epoch);
    if (this.#options.adaptive === false || !before) return;
    const names = [...after.keys()];
    const listOf = (impacts: ReadonlyMap<string, number>) =>
      names.map((name) => impacts.get(name) ?? NaN);
    const isSame = rankCorrelation(listOf(before), listOf(after)) >= sameOrder;
    this.#skip = isSame ? Math.min(this.#skip + 1, longestSkip) : 0;
  }

  state(): AnalysisCalendarState {
    return { done: [...this.#done], skip: this.#skip };
  }

  restore({ done, skip }: AnalysisCalendarState): void {
    this.#done = [...done];
    this.#skip = skip;
  }
}
