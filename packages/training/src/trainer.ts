import type * as tf from '@tensorflow/tfjs-core';
import { layerInfo, trainableVariables } from '@dpquant/gradients';
import { philoxKeyFromSeed } from '@dpquant/random';
import { decisionAt, type LayerAssignment, type ScheduledLayer } from '@dpquant/scheduling';
import { checkRun, withDefaults, type ResolvedOptions } from './checkRun.ts';
import { requireFiniteWeights } from './divergence.ts';
import { ImpactAnalyses, type KnownImpacts } from './impactAnalyses.ts';
import { PlateauStop } from './plateauStop.ts';
import { decide } from './scheduleDecision.ts';
import type { SumArithmetic } from './source/gradientSource.ts';
import { nextWeightsVersion } from './source/weightsVersion.ts';
import { SumsProbe } from './sumsProbe.ts';
import { scoreOf } from './tasks/checkTask.ts';
import { evaluate } from './tasks/evaluate.ts';
import type { Metrics } from './tasks/task.ts';
import type {
  DPTrainerOptions,
  RunSignals,
  SettledCharges,
  StopReason,
  TrainingPosition,
  TrainingResult,
} from './trainerTypes.ts';
import { takeStep } from './trainingStep.ts';
import { charge } from './charge.ts';

/**
 * DP-SGD that runs layers in low precision by a schedule.
 *
 * One step: draw a Poisson sample, record it in the ledger and make that durable, sum the clipped
 * per-example gradients, add noise once, divide by the expected batch size, update the weights.
 *
 * @throws Error for a model that cannot be trained privately, with the reasons, and for options
 *   that do not fit together: before anything is charged
 * @throws PolicyError when a policy gives no valid assignment; the position is that of the last
 *   finished step
 * @throws DivergenceError when released values or weights are not finite; the error reveals nothing
 *   about the data, since both are private
 */
export class DPTrainer {
  readonly #options: ResolvedOptions;
  readonly #layers: readonly ScheduledLayer[];
  /** Steps from one decision of the policy to the next. */
  readonly #interval: number;
  readonly #variables: readonly tf.Variable[];
  readonly #analyses: ImpactAnalyses | null;
  readonly #earlyStop: PlateauStop | null;
  readonly #sums: SumsProbe;
  #settled: SettledCharges;
  #assignments: LayerAssignment[] = [];
  #step = 0;

  constructor(given: DPTrainerOptions) {
    const options = withDefaults(given);
    const { model, plan, schedule } = options;
    const { format, otherFormat = 'float32' } = schedule;
    // Frozen, because policies and reporters get it too.
    this.#layers = Object.freeze(layerInfo(model).filter(({ quantizable }) => quantizable));
    checkRun(options, this.#layers);
    this.#options = options;
    this.#interval = schedule.interval ?? plan.stepsPerEpoch;
    this.#sums = new SumsProbe(options);
    this.#settled = settledCharges(options);
    this.#variables = trainableVariables(model);
    this.#analyses = schedule.analysis
      ? new ImpactAnalyses(schedule.analysis, {
          plan,
          layers: this.#layers.map(({ name }) => name),
          format,
          otherFormat,
        })
      : null;
    this.#earlyStop = options.earlyStop ? new PlateauStop(options.earlyStop) : null;
  }

  /** Layers that the schedule chooses from. */
  get layers(): readonly ScheduledLayer[] {
    return this.#layers;
  }

  /** Steps that the weights have taken. */
  get steps(): number {
    return this.#step;
  }

  /** The loss impacts measured so far; null before the first analysis and without any. */
  get impacts(): KnownImpacts | null {
    return this.#analyses?.known ?? null;
  }

  /** Where the run stands: a copy, with the state of the optimizer. */
  get position(): TrainingPosition {
    return {
      step: this.#step,
      assignments: copies(this.#assignments),
      interval: this.#interval,
      optimizer: this.#options.optimizer.state(),
      impacts: this.impacts,
      earlyStop: this.#earlyStop?.state() ?? null,
      arithmetic: this.arithmetic,
    };
  }

  /** Whether sums were exact so far, as probed; null before the first probe. */
  get arithmetic(): SumArithmetic | null {
    return this.#sums.arithmetic;
  }

  /** Number and time of the analyses made by this object. */
  get analyses(): TrainingResult['analyses'] {
    return this.#analyses?.cost ?? { count: 0, seconds: 0 };
  }

  /** What was charged, and the plan's state, at the position: without an unfinished step. */
  get settled(): SettledCharges {
    return this.#settled;
  }

  /**
   * Continues from a position; the caller has put the weights of that position into the model.
   *
   * @throws RangeError for a position with another decision interval
   */
  restore(position: TrainingPosition): void {
    const { interval = this.#options.plan.stepsPerEpoch } = position;
    if (interval !== this.#interval) {
      throw new RangeError(
        `schedule.interval: is ${this.#interval} steps, the position is of a run that decides every ${interval}; ` +
          'give the same again, or start a new run',
      );
    }
    this.#step = position.step;
    this.#assignments = copies(position.assignments);
    this.#options.optimizer.restore(position.optimizer);
    this.#sums.restore(position.arithmetic);
    if (position.impacts) this.#analyses?.restore(position.impacts);
    if (position.earlyStop) this.#earlyStop?.restore(position.earlyStop);
  }

  /**
   * Trains until the plan's last step. First probes the model, on synthetic examples, for mixing
   * examples and for wrong per-example gradients. Before the first charge in each format it probes
   * whether sums are exact; the run continues if they are not.
   *
   * @param signal ends the run before the next physical batch; the unfinished step stays charged
   *   and changes nothing else
   * @param stopBetweenSteps ends the run before the next step or analysis; a charged one is
   *   finished first
   */
  async run({ signal, stopBetweenSteps }: RunSignals = {}): Promise<TrainingResult> {
    const { plan, callbacks = {} } = this.#options;
    const { stepsPerEpoch } = plan;
    await this.#probe();
    const result = (stopped: StopReason): TrainingResult => ({
      stopped,
      position: this.position,
      layers: this.#layers,
      analyses: this.analyses,
    });
    // A run that has diverged must not be charged for further steps.
    await requireFiniteWeights(this.#variables, this.#step);
    // After a crash between the epoch that ended the run and the final write.
    if (this.#earlyStop?.hasEnded) return result('early stop');
    while (this.#step < plan.steps) {
      if (signal?.aborted || stopBetweenSteps?.aborted) return result('interrupted');
      if (plan.chargedSteps >= plan.steps) return result('privacy budget exhausted');
      const epoch = Math.floor(this.#step / stepsPerEpoch);
      const isFirstOfEpoch = this.#step % stepsPerEpoch === 0;
      if (isFirstOfEpoch && this.#analyses?.isDue(epoch)) {
        const isDone = await unlessAborted(this.#analyse(this.#analyses, epoch, signal), signal);
        if (!isDone) return result('interrupted');
        this.#settled = settledCharges(this.#options);
        if (stopBetweenSteps?.aborted) return result('interrupted');
      }
      const isDecided = await this.#decide();
      const assignment = new Map(this.#assignments.at(-1));
      // A run resumed at an epoch's first decision has already begun the epoch.
      if (isFirstOfEpoch && (isDecided || this.#step % this.#interval > 0)) {
        await callbacks.onEpochBegin?.({ epoch, assignment: new Map(assignment) });
      }
      const taken = await unlessAborted(
        takeStep(this.#options, this.#step, assignment, this.#variables, signal),
        signal,
      );
      if (!taken) return result('interrupted');
      const { mean, unsafe } = taken;
      const step = this.#step++;
      this.#settled = settledCharges(this.#options);
      await callbacks.onStepEnd?.({ step, epoch, mean }, unsafe);
      if (this.#step % stepsPerEpoch === 0 || this.#step === plan.steps) {
        await requireFiniteWeights(this.#variables, step);
        const validationMetrics = await this.#validate();
        const validationAccuracy = validationMetrics?.['accuracy'] ?? null;
        const isOver =
          validationMetrics !== null &&
          this.#earlyStop?.isOver(scoreOf(this.#options.task, validationMetrics));
        await callbacks.onEpochEnd?.({
          epoch,
          steps: this.#step,
          validationAccuracy,
          validationMetrics,
        });
        if (isOver) return result('early stop');
      }
    }
    return result('finished');
  }

  async #probe(): Promise<void> {
    const { source, physicalBatchSize, schedule } = this.#options;
    const { format, otherFormat = 'float32' } = schedule;
    const formats = [format, otherFormat];
    await source.probe({
      formats,
      model: { weightsVersion: nextWeightsVersion(), physicalBatchSize },
      sums: null,
    });
    // Formats that no decision has used yet are probed when one does.
    const assigned = this.#assignments.flatMap((assignment) => [...assignment.values()]);
    await this.#sums.probe(['float32', ...(this.#analyses ? formats : []), ...assigned]);
  }

  /**
   * Asks the policy, if the next step is the first one of a decision that has not been made yet.
   */
  async #decide(): Promise<boolean> {
    const { plan, callbacks = {} } = this.#options;
    const { steps, stepsPerEpoch } = plan;
    const index = this.#assignments.length;
    if (Math.floor(this.#step / this.#interval) < index) return false;
    const place = decisionAt({ steps, stepsPerEpoch, interval: this.#interval }, index);
    const known = { earlier: copies(this.#assignments), lossImpacts: this.impacts?.smoothed };
    const { assignment, probabilities } = await decide(place, this.#layers, known, this.#options);
    await this.#sums.probe(assignment.values());
    this.#assignments.push(assignment);
    await callbacks.onDecision?.({ ...place, assignment: new Map(assignment), probabilities });
    return true;
  }

  async #analyse(
    analyses: ImpactAnalyses,
    epoch: number,
    signal: AbortSignal | undefined,
  ): Promise<true> {
    const { training, seed, callbacks = {} } = this.#options;
    const setting = {
      ...this.#options,
      variables: this.#variables,
      weightsVersion: nextWeightsVersion(),
      privacyUnits: training.privacyUnits,
      randomness: { key: philoxKeyFromSeed(seed), step: this.#step },
      signal,
    };
    const done = await analyses.run(epoch, setting, (event) =>
      charge(this.#options, event, 'analysis'),
    );
    await callbacks.onAnalysis?.(done);
    return true;
  }

  /** Metrics on the public examples, with the averaged weights if there are any. */
  async #validate(): Promise<Metrics | null> {
    const { model, validation, weightAverage, task } = this.#options;
    if (!validation) return null;
    const putBack = weightAverage?.apply(this.#variables);
    try {
      return (await evaluate(model, validation, task)).metrics;
    } finally {
      putBack?.();
    }
  }
}

/** Copies, which the receiver may change. */
function copies(assignments: readonly LayerAssignment[]): LayerAssignment[] {
  return assignments.map((assignment) => new Map(assignment));
}

/** What is charged now, and the state of the plan. */
function settledCharges({
  plan,
  ledger,
}: Pick<DPTrainerOptions, 'plan' | 'ledger'>): SettledCharges {
  return { plan: plan.state(), ledger: { entries: ledger.entries } };
}

/** The result of `work`; null if the signal ended it. */
async function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (signal?.aborted && error === signal.reason) return null;
    throw error;
  }
}
