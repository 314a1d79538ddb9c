/** When a run counts as no longer improving. */
export interface PlateauStopOptions {
  /** Epochs without improvement after which the run ends. */
  readonly patience: number;
  /** By how much the score has to improve to count. Default 0. */
  readonly minimumImprovement?: number;
}

export interface PlateauStopState {
  readonly best: number;
  /** Epochs since the best one. */
  readonly since: number;
}

/**
 * Early stopping by the score on public validation examples, which do not depend on private ones.
 * The guarantee of a run that stops early is still that of the whole plan.
 */
export class PlateauStop {
  readonly #options: PlateauStopOptions;
  #best = -Infinity;
  #since = 0;

  constructor(options: PlateauStopOptions) {
    const { patience, minimumImprovement = 0 } = options;
    if (!(Number.isInteger(patience) && patience > 0)) {
      throw new RangeError(`patience: expected a whole number > 0, got ${patience}`);
    }
    if (!(minimumImprovement >= 0 && minimumImprovement < 1)) {
      throw new RangeError(
        `minimumImprovement: expected a number in [0, 1), got ${minimumImprovement}`,
      );
    }
    this.#options = options;
  }

  /** Records an epoch's score and returns whether the run is over. */
  isOver(accuracy: number): boolean {
    const { minimumImprovement = 0 } = this.#options;
    if (accuracy > this.#best + minimumImprovement) {
      this.#best = accuracy;
      this.#since = 0;
    } else {
      this.#since++;
    }
    return this.hasEnded;
  }

  /** Whether the scores so far have ended the run. */
  get hasEnded(): boolean {
    return this.#since >= this.#options.patience;
  }

  state(): PlateauStopState {
    return { best: this.#best, since: this.#since };
  }

  restore({ best, since }: PlateauStopState): void {
    this.#best = best;
    this.#since = since;
  }
}
