import { rankCorrelation } from './rankCorrelation.ts';

export interface AnalysisCalendarOptions {
  /** Greatest number of analyses, which the plan pays for. */
  readonly count: number;
  /** Epochs from one planned analysis to the next. */
  readonly interval: number;
  /** The epoch that the first planned analysis is made before, from 0. Default 0. */
  readonly start?: number;
  /**
   * Whether planned analyses are skipped while the order of the layers stays the same. Decided from
   * released impacts alone. Default true.
   */
  readonly adaptive?: boolean;
}

/** Where a calendar stands, as plain data. */
export interface AnalysisCalendarState {
  /** Epochs in which an analysis took place. */
  readonly done: readonly number[];
  /** Planned analyses to leave out before the next. */
  readonly skip: number;
}

/** From this rank correlation on, the order of the layers counts as the same. */
const sameOrder = 0.9;
/** At most so many planned analyses in a row are left out. */
const longestSkip = 3;

/**
 * Says in which epochs to analyse. How many analyses there can be is fixed beforehand; the adaptive
 * calendar only leaves some out, so that what it decides costs no privacy and the planned guarantee
 * stays true: while an analysis confirms the order of the one before, one planned analysis more is left
 * out after it, up to three; when the order changes, none.
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

  /** Whether an analysis is to be made before an epoch, from 0. */
  isDue(epoch: number): boolean {
    const { count, interval, start = 0 } = this.#options;
    const since = epoch - start;
    if (since < 0 || since % interval !== 0 || since >= count * interval) return false;
    if (this.#done.includes(epoch)) return false;
    const last = this.#done.at(-1);
    return last === undefined || epoch - last > this.#skip * interval;
  }

  /**
   * Takes note of an analysis.
   *
   * @param before smoothed impacts before it, null if it was the first; `after` with it
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
