import type { PrivacyEvent } from '@dpquant/accounting';
import type { TrainingPlan } from '@dpquant/mechanisms';
import {
  AnalysisCalendar,
  smoothImpacts,
  type AnalysisCalendarState,
  type LossImpactEstimator,
} from '@dpquant/sensitivity';
import { releaseImpacts, type AnalysisSetting } from './lossImpacts.ts';

/** Private analyses of loss impacts. When they take place, and how many, is set by the plan. */
export interface AnalysisOptions {
  readonly estimator: LossImpactEstimator;
  /**
   * Whether planned analyses are skipped while the order of the layers does not change. Default
   * true.
   */
  readonly adaptive?: boolean;
  /** Weight of the latest impacts in the exponential smoothing, in (0, 1]. Default 0.8. */
  readonly smoothing?: number;
}

/** Loss impacts, all of them private, and the state of the analysis calendar. */
export interface KnownImpacts {
  /** Impacts of the latest analysis, with noise. */
  readonly released: ReadonlyMap<string, number>;
  readonly smoothed: ReadonlyMap<string, number>;
  readonly calendar: AnalysisCalendarState;
}

/** Result of an analysis. */
export interface AnalysisEnd {
  /** The epoch before which it was made, from 0. */
  readonly epoch: number;
  /** Loss impacts as released, with noise, and smoothed with the earlier ones; both are private. */
  readonly released: ReadonlyMap<string, number>;
  readonly smoothed: ReadonlyMap<string, number>;
  readonly event: PrivacyEvent;
  readonly seconds: number;
}

/** What is the same for all analyses of a run. */
export interface AnalysedRun {
  readonly plan: TrainingPlan;
  /** Names of the layers whose impact is measured, one at a time. */
  readonly layers: readonly string[];
  readonly format: string;
  /** Format of the other layers: the baseline of the impacts. */
  readonly otherFormat: string;
}

/** The analyses of one run: when they take place, and what they found. */
export class ImpactAnalyses {
  readonly #options: AnalysisOptions;
  readonly #run: AnalysedRun;
  readonly #calendar: AnalysisCalendar;
  #latest: Pick<KnownImpacts, 'released' | 'smoothed'> | null = null;
  #cost = { count: 0, seconds: 0 };

  /** @throws RangeError when the plan has no analyses, or analyses of another estimator */
  constructor(options: AnalysisOptions, run: AnalysedRun) {
    const { estimator, adaptive = true } = options;
    const { sensitivity, batches } = estimator;
    const planned = run.plan.analyses;
    if (planned?.sensitivity !== sensitivity || (planned.batches ?? 1) !== batches) {
      throw new RangeError(
        `analyses: the plan has ${JSON.stringify(planned)}, ${estimator.name} analyses need ` +
          JSON.stringify({ sensitivity, batches }),
      );
    }
    if (planned.valueCount < run.layers.length) {
      throw new RangeError(
        `analyses.valueCount: the plan accounts for ${planned.valueCount} values of an analysis, ` +
          `${run.layers.length} layers are compared; plan for all of them`,
      );
    }
    this.#options = options;
    this.#run = run;
    const { count, interval, start = 0 } = planned;
    this.#calendar = new AnalysisCalendar({ count, interval, start, adaptive });
  }

  /** Null before the first analysis. */
  get known(): KnownImpacts | null {
    if (!this.#latest) return null;
    const { released, smoothed } = this.#latest;
    const calendar = this.#calendar.state();
    return { released: new Map(released), smoothed: new Map(smoothed), calendar };
  }

  /** Number of analyses since this object was made, and their total time. */
  get cost(): { readonly count: number; readonly seconds: number } {
    return this.#cost;
  }

  restore({ released, smoothed, calendar }: KnownImpacts): void {
    this.#latest = { released, smoothed };
    this.#calendar.restore(calendar);
  }

  /**
   * Whether to analyse before an epoch. Analyses lost in a crash count: once all planned ones are
   * used up, this is false.
   */
  isDue(epoch: number): boolean {
    const { plan } = this.#run;
    return this.#calendar.isDue(epoch) && plan.chargedAnalyses < (plan.analyses?.count ?? 0);
  }

  /**
   * Draws, charges and releases one analysis.
   *
   * @param charge makes the event durable; called before anything is computed from the draw
   */
  async run(
    epoch: number,
    setting: AnalysisSetting,
    charge: (event: PrivacyEvent) => Promise<void>,
  ): Promise<AnalysisEnd> {
    const { estimator, smoothing = 0.8 } = this.#options;
    const { plan, layers, format, otherFormat } = this.#run;
    const start = performance.now();
    const draw = plan.sampleAnalysis();
    await charge(draw.event);
    const baseline = new Map(
      otherFormat === 'float32' ? [] : layers.map((name) => [name, otherFormat] as const),
    );
    const candidates = layers.map((name) => ({
      name,
      assignment: new Map([...baseline, [name, format]]),
    }));
    const compared = { candidates, baseline };
    const released = await releaseImpacts(compared, draw, estimator, setting);
    const before = this.#latest?.smoothed ?? null;
    const smoothed = smoothImpacts(before, released, smoothing);
    this.#calendar.record(epoch, before, smoothed);
    this.#latest = { released: new Map(released), smoothed: new Map(smoothed) };
    const seconds = (performance.now() - start) / 1000;
    this.#cost = { count: this.#cost.count + 1, seconds: this.#cost.seconds + seconds };
    return { epoch, released, smoothed, event: draw.event, seconds };
  }
}
