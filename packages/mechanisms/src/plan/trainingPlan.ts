import {
  composed,
  type AccountantName,
  type PrivacyEvent,
  type PrivacyLabel,
} from '@dpquant/accounting';
import { SeededRandom, type RandomSource, type SeededRandomState } from '@dpquant/random';
import { drawRows } from '../sampling/drawRows.ts';
import {
  addReleaseNoise,
  checkRelease,
  flattened,
  noisyRealValues,
  type PlannedRelease,
} from '../noise/noisyRelease.ts';
import { parsePlan } from './parsePlan.ts';
import type { Guarantee, PlanData, PlannedAnalyses } from './planData.ts';
import { PlannedDraws, type Draw } from './plannedDraws.ts';
import { purposes, randomSources, type PlanRandomState, type Purpose } from './planRandomness.ts';
import { QuantileClipping } from '../clipping/quantileClipping.ts';
import type { AnalysisValues, ClippedSums, Release, SampledStep } from '../sampling/sampledStep.ts';
import { valueAtStep } from './stepSchedule.ts';
import {
  checkTrainingPlanOptions,
  type PlanState,
  type TrainingPlanOptions,
} from './trainingPlanOptions.ts';

/**
 * Couples sampling, noise and accounting of DP-SGD, so that what is sampled and released is what is
 * accounted (adjacency: add or remove one unit).
 *
 * - `sample` draws a Poisson sample; past the last planned step it throws.
 * - `release` adds noise of standard deviation σ·C once per step, as whole numbers of grid units,
 *   and divides by the *expected* batch size; an empty sample is a step of pure noise.
 * - `sampleAnalysis` and `releaseAnalysis` do the same for analyses, on batches of their own.
 * - Each sampled step or analysis can be released once. It is identified by the object that was
 *   returned: a copy is refused.
 */
export class TrainingPlan {
  /** The plan as plain data, for a file: a frozen copy of the argument. */
  readonly data: PlanData;
  readonly unitCount: number;
  readonly sampleRate: number;
  readonly steps: number;
  readonly stepsPerEpoch: number;
  readonly analyses: PlannedAnalyses | null;
  /** The accountant that computes the plan's ε. */
  readonly accountant: AccountantName;
  /** `differential privacy`, or `none` if it was requested or the noise can be reproduced. */
  readonly guarantee: Guarantee;
  readonly #quantileClipping: QuantileClipping | null;
  readonly #random: Readonly<Record<Purpose, RandomSource>>;
  readonly #training: PlannedDraws;
  readonly #analysis: PlannedDraws;
  /** Clip norm of each sampled step. */
  readonly #sampledClipNorms = new WeakMap<object, number>();
  /** The clip norm of quantile clipping, and the number of the latest charge it used. */
  #adaptedClipNorm: number;
  #adaptedAfter = 0;

  /**
   * @param data the plan, checked as by `parsePlan`
   * @param options the state of its run
   */
  constructor(data: PlanData, options: TrainingPlanOptions = {}) {
    checkTrainingPlanOptions(options);
    const { chargedSteps = 0, chargedAnalyses = 0, insecureSeed, state = {} } = options;
    const plan = parsePlan(data);
    const { unitCount, sampleRate, steps, noiseMultiplier, quantileClipping } = plan;
    const { analyses = null, accountant = 'pld', guarantee = 'differential privacy' } = plan;
    this.data = plan;
    this.unitCount = unitCount;
    this.sampleRate = sampleRate;
    this.steps = steps;
    this.stepsPerEpoch = plan.stepsPerEpoch;
    this.analyses = analyses;
    this.accountant = accountant;
    this.guarantee = insecureSeed === undefined ? guarantee : 'none';
    this.#random = randomSources(insecureSeed, state.random);
    this.#training = new PlannedDraws({
      what: 'step',
      unitCount,
      sampleRate,
      noiseMultiplier,
      // Quantile clipping releases one more value, its count.
      valueCount: plan.valueCount + (quantileClipping ? 1 : 0),
      count: steps,
      charged: chargedSteps,
      random: this.#random.sampling,
    });
    this.#analysis = new PlannedDraws({
      what: 'analysis',
      ...(analyses ?? { sampleRate: 0, noiseMultiplier: 0, valueCount: 0, count: 0 }),
      unitCount,
      charged: chargedAnalyses,
      random: this.#random.analysisSampling,
    });
    this.#adaptedClipNorm = state.clipNorm ?? this.#plannedClipNorm(0);
    this.#quantileClipping = quantileClipping
      ? new QuantileClipping(quantileClipping, this.expectedBatchSize)
      : null;
  }

  /** Expected number of units in a step: the public divisor of the released mean. */
  get expectedBatchSize(): number {
    return this.sampleRate * this.unitCount;
  }

  /** Clip norm of the next step's gradients. */
  get clipNorm(): number {
    return this.#quantileClipping
      ? this.#adaptedClipNorm
      : this.#plannedClipNorm(this.chargedSteps);
  }

  /** Standard deviation of the noise in each value of the next step's mean: public. */
  get noiseDeviation(): number {
    const ofEvent = this.#training.noiseMultiplier(this.chargedSteps);
    const noiseMultiplier = this.#gradientNoiseMultiplier(ofEvent);
    return deviationOf(noiseMultiplier, this.clipNorm) / this.expectedBatchSize;
  }

  /** Steps charged so far, including those lost with an interrupted run. */
  get chargedSteps(): number {
    return this.#training.charged;
  }

  /** Analyses charged so far, including those lost with an interrupted run. */
  get chargedAnalyses(): number {
    return this.#analysis.charged;
  }

  /** The privacy cost of the whole plan: the guarantee that a run reports. */
  get totalEvent(): PrivacyEvent {
    return this.eventOf({ steps: this.steps, analyses: this.analyses?.count ?? 0 });
  }

  /** Privacy cost of the first steps and analyses of the plan. */
  eventOf({ steps, analyses }: { steps: number; analyses: number }): PrivacyEvent {
    const training = this.#training.totalEvent(steps);
    return analyses === 0 ? training : composed([training, this.#analysis.totalEvent(analyses)]);
  }

  /** Noise multiplier of one step, by the number of its charge from 0. */
  noiseMultiplierAt(index: number): number {
    return this.#training.noiseMultiplier(index);
  }

  /** Privacy cost of one step or analysis, by the number of its charge from 0. */
  eventAt(label: PrivacyLabel, index: number): PrivacyEvent {
    return (label === 'training' ? this.#training : this.#analysis).event(index);
  }

  /**
   * Draws the units of the next step and counts it as charged.
   *
   * @throws RangeError when all planned steps are charged
   */
  sample(step: number): SampledStep {
    const { clipNorm } = this;
    const sampled = this.#training.draw((draw) => ({
      ...draw,
      step,
      units: draw.batches[0]!,
      clipNorm,
    }));
    this.#sampledClipNorms.set(sampled, clipNorm);
    return sampled;
  }

  /**
   * The rows that the drawn units contribute: `count` random rows of each, unit after unit. A unit
   * without rows contributes none.
   */
  drawRows(
    { units }: Pick<SampledStep, 'units'>,
    rowsOf: (unit: number) => ArrayLike<number>,
    count = 1,
  ): Uint32Array {
    const rows: number[] = [];
    for (const unit of units) {
      const own = rowsOf(unit);
      if (own.length > 0) rows.push(...drawRows(own, count, this.#random.sampling));
    }
    return Uint32Array.from(rows);
  }

  /**
   * Releases the noisy mean of one sampled step. All randomness is drawn before the call returns,
   * so that its order is the order of calls; the sums may be changed after that.
   *
   * @param sampled the same object that `sample` returned
   * @throws RangeError when the sums' sensitivity is not the step's clip norm, when they are not
   *   whole numbers of its grid or more than the plan accounts for, or when the count for quantile
   *   clipping is missing
   * @throws Error when the step was released before, is a copy or belongs to another plan, or a
   *   device failed
   */
  async release(sampled: SampledStep, contribution: ClippedSums): Promise<Release> {
    const index = this.#training.indexOf(sampled);
    const sensitivity = this.#sampledClipNorms.get(sampled)!;
    const noiseMultiplier = this.#training.noiseMultiplier(index);
    const flat = flattened(contribution.sums);
    const planned: PlannedRelease = {
      sensitivity,
      noiseMultiplier: this.#gradientNoiseMultiplier(noiseMultiplier),
      valueCount: this.data.valueCount,
      random: this.#random.noise,
    };
    checkRelease(flat.values, contribution, planned);
    const count = this.#quantileClipping?.wholeCount(contribution.unclippedCount);
    this.#training.close(sampled);
    // All noise is started before any is awaited, so that no other release draws randomness in
    // between.
    const { expectedBatchSize } = this;
    const scale = { factor: contribution.gridUnit, divisor: expectedBatchSize };
    const [mean] = await Promise.all([
      noisyRealValues(flat, planned, scale),
      count && this.#addNoiseToCount(count, noiseMultiplier),
    ]);
    if (count && index >= this.#adaptedAfter) {
      this.#adaptedAfter = index;
      this.#adaptedClipNorm = this.#quantileClipping!.next(sensitivity, count[0]!);
    }
    const noiseDeviation = deviationOf(planned.noiseMultiplier, sensitivity) / expectedBatchSize;
    return { mean, noiseDeviation, event: this.#training.event(index) };
  }

  /**
   * Draws the batches of the next analysis and counts it as charged.
   *
   * @throws RangeError when all planned analyses are charged
   */
  sampleAnalysis(): Draw {
    return this.#analysis.draw((draw) => draw);
  }

  /**
   * Releases the result of an analysis with noise, which is drawn before the call returns.
   *
   * @param sampled the same object that `sampleAnalysis` returned
   * @throws RangeError when the sensitivity is not the planned one, or the values are not whole
   *   numbers of its grid or more than the plan accounts for
   * @throws Error when the analysis was released before, is a copy or belongs to another plan, or a
   *   device failed
   */
  async releaseAnalysis(sampled: Draw, found: AnalysisValues): Promise<Float32Array> {
    const { analyses } = this;
    if (!analyses) throw new RangeError('analysis: the plan has none');
    this.#analysis.indexOf(sampled);
    const planned = { ...analyses, random: this.#random.analysisNoise };
    checkRelease(found.values, found, planned);
    this.#analysis.close(sampled);
    const noisy = Float64Array.from(found.values);
    const { gridUnit } = found;
    await addReleaseNoise(noisy, planned);
    return Float32Array.from(noisy, (value) => value * gridUnit);
  }

  /** The state of the plan: together with the ledger, all that a resumed run needs. */
  state(): PlanState {
    const random = this.#randomState();
    return {
      ...(this.#quantileClipping && { clipNorm: this.#adaptedClipNorm }),
      ...(random && { random }),
    };
  }

  #plannedClipNorm(step: number): number {
    const { clipNorm, steps } = this.data;
    return clipNorm === null ? Infinity : valueAtStep(clipNorm, step, steps);
  }

  #gradientNoiseMultiplier(noiseMultiplier: number): number {
    return this.#quantileClipping?.gradientNoiseMultiplier(noiseMultiplier) ?? noiseMultiplier;
  }

  #addNoiseToCount(count: Float64Array, noiseMultiplier: number): Promise<void> {
    const ofCount = noiseMultiplier === 0 ? 0 : this.#quantileClipping!.countNoiseMultiplier;
    return addReleaseNoise(count, { noiseMultiplier: ofCount, random: this.#random.noise });
  }

  #randomState(): PlanRandomState | null {
    const states: [string, SeededRandomState][] = [];
    for (const purpose of purposes) {
      const source = this.#random[purpose];
      if (!(source instanceof SeededRandom)) return null;
      states.push([purpose, source.toJSON()]);
    }
    return Object.fromEntries(states) as PlanRandomState;
  }
}

/** Standard deviation of the noise; 0 without noise, even if the sensitivity is infinite. */
function deviationOf(noiseMultiplier: number, sensitivity: number): number {
  return noiseMultiplier === 0 ? 0 : noiseMultiplier * sensitivity;
}
