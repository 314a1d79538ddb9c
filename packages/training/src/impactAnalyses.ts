import type { PrivacyEvent } from '@dpquant/accounting';
import type { TrainingPlan } from '@dpquant/mechanisms';
import {
  AnalysisCalendar,
  smoothImpacts,
  type AnalysisCalendarState,
  type LossImpactEstimator,
} from '@dpquant/sensitivity';
import { releaseImpacts, type AnalysisSetting } from './lossImpacts.ts';

/** Private analyses of loss impacts; when they take place, and how many, the plan says. */
export interface AnalysisOptions {
  readonly estimator: LossImpactEstimator;
  /** Whether planned analyses are left out while the order of the layers stays. Default true. */
  readonly adaptive?: boolean;
  /** Weight of the latest impacts in the smoothed ones, in (0, 1]. Default 0.8. */
  readonly smoothing?: number;
}

/** Loss impacts, all of them private, and where the calendar of analyses stands. */
export interface KnownImpacts {
  /** Of the latest analysis, with noise. */
  readonly released: ReadonlyMap<string, number>;
  readonly smoothed: ReadonlyMap<string, number>;
  readonly calendar: AnalysisCalendarState;
}

/** How an analysis ended. */
export interface AnalysisEnd {
  /** The epoch that it was made before, from 0. */
  readonly epoch: number;
  /** Loss impacts as released, with noise, and smoothed with those before: both private. */
  readonly released: ReadonlyMap<string, number>;
  readonly smoothed: ReadonlyMap<string, number>;
  readonly event: PrivacyEvent;
  readonly seconds: number;
}

/** What does not change from analysis to analysis. */
export interface AnalysedRun {
  readonly plan: TrainingPlan;
  /** Names of the layers whose impact is wanted, each by itself. */
  readonly layers: readonly string[];
  readonly format: string;
  /** Format of the other layers, which an impact is relative to. */
  readonly otherFormat: string;
}

/** The analyses of one run: when they take place, and what is known from them. */
export class ImpactAnalyses {
  readonly #options: AnalysisOptions;
  readonly #run: AnalysedRun;
  readonly #calendar: AnalysisCalendar;
  #latest: Pick<KnownImpacts, 'released' | 'smoothed'> | null = null;
  #cost = { count: 0, seconds: 0 };

  /** @throws RangeError when the plan has no analyses, or others than the estimator's */
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
        `analyses.valueCount: the plan pays for ${planned.valueCount} values of an analysis, ` +
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

  /** Analyses since this object was made, and the time that they took. */
  get cost(): { readonly count: number; readonly seconds: number } {
    return this.#cost;
  }

  restore({ released, smoothed, calendar }: KnownImpacts): void {
    this.#latest = { released, smoothed };
    this.#calendar.restore(calendar);
  }

  /**
   * Whether to analyse before an epoch. A planned analysis is left out where those lost in a crash have
   * used the plan's up.
   */
  isDue(epoch: number): boolean {
    const { plan } = this.#run;
    return this.#calendar.isDue(epoch) && plan.chargedAnalyses < (plan.analyses?.count ?? 0);
  }

  /**
   * Draws, charges and releases one analysis.
   *
   * @param charge makes the event durable, before anything is computed from the draw
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
