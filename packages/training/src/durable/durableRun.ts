import * as tf from '@tensorflow/tfjs-core';
import { noiseClosenessEpsilon, type PrivacyLedger } from '@dpquant/accounting';
import { trainableVariables } from '@dpquant/gradients';
import { heldSteps, quantizedFraction } from '@dpquant/scheduling';
import type { KnownImpacts } from '../impactAnalyses.ts';
import { PolicyError } from '../policyError.ts';
import { savedErrors } from './savedErrors.ts';
import { taskScore } from '../tasks/checkTask.ts';
import { classification } from '../tasks/classification.ts';
import { evaluate, type Evaluation } from '../tasks/evaluate.ts';
import type { Metrics } from '../tasks/task.ts';
import { DPTrainer } from '../trainer.ts';
import type {
  RunSignals,
  ScheduleDecision,
  TrainingCallbacks,
  TrainingPosition,
} from '../trainerTypes.ts';
import { saveCheckpoint } from './checkpoint.ts';
import { finiteOnly, finiteOrNull } from './finiteNumbers.ts';
import type { DurableRunParts } from './runParts.ts';
import { knownSpeedup } from './knownSpeedup.ts';
import { ReportRelay } from './reportRelay.ts';
import type { RunReporter, RunSpeed } from './runReporter.ts';
import { RunSpending } from './runSpending.ts';
import type { RunStart } from './runStart.ts';
import type { RunStore } from './runStore.ts';
import type { DurableOutcome, DurableStopReason, RunSummary } from './runSummary.ts';

/** One run in this process, from its start or resumption to its end. */
export class DurableRun {
  readonly #store: RunStore;
  readonly #parts: DurableRunParts;
  readonly #reports: ReportRelay;
  readonly #start: RunStart;
  readonly #spending: RunSpending;
  readonly #trainer: DPTrainer;
  readonly #startTime = performance.now();

  /** @throws Error for parts that do not fit together */
  constructor(store: RunStore, parts: DurableRunParts, reporter: RunReporter, start: RunStart) {
    const { plan, ledger, needsWriting } = start;
    this.#store = store;
    this.#parts = parts;
    this.#reports = new ReportRelay(reporter);
    this.#start = start;
    this.#spending = new RunSpending(ledger, plan, parts);
    this.#trainer = new DPTrainer({
      ...parts,
      plan,
      ledger,
      persistLedger: async (current: PrivacyLedger) => {
        if (needsWriting()) await store.writeLedger(current);
      },
      callbacks: this.#callbacks(),
    });
  }

  /** Restores trainer and records from the checkpoint; saves a first one if there is none. */
  async prepare(): Promise<void> {
    const { checkpoint } = this.#start;
    if (!checkpoint) return this.#save();
    const { position, weightAverage } = checkpoint;
    this.#trainer.restore(position);
    if (weightAverage) this.#parts.weightAverage?.restore(weightAverage);
    const { steps, stepsPerEpoch } = this.#parts.plan;
    const epochs = position.step / stepsPerEpoch;
    // The last epoch may be shorter.
    const epochsEnded = position.step === steps ? Math.ceil(epochs) : Math.floor(epochs);
    await this.#store.truncateRecords('schedule', position.assignments.length);
    await this.#store.truncateRecords('metrics', epochsEnded);
  }

  async report(resumed: boolean): Promise<void> {
    const { plan } = this.#start;
    const begin = {
      resumed,
      firstStep: this.#firstStep,
      lostSteps: this.#lostSteps,
      plan,
      guarantee: this.#guarantee,
      layers: this.#trainer.layers,
      assignment: this.#start.checkpoint?.position.assignments.at(-1) ?? null,
      epsilonImported: this.#spending.imported,
      epsilonSpent: () => this.#spending.spent,
    };
    await this.#reports.tell((reporter) => reporter.onBegin?.(begin));
  }

  /** Trains until the run ends or is stopped, and saves the state. */
  async train({
    signal,
    stopBetweenSteps,
  }: RunSignals): Promise<{ stopped: DurableStopReason; problem?: PolicyError }> {
    const stops = [stopBetweenSteps, this.#reports.signal].filter((stop) => stop !== undefined);
    try {
      const { stopped } = await this.#trainer.run({
        signal,
        stopBetweenSteps: AbortSignal.any(stops),
      });
      await this.#save();
      return { stopped };
    } catch (error) {
      // The released values are private already; the position is that of the last finished step.
      if (savedErrors.some((saved) => error instanceof saved)) await this.#save();
      if (error instanceof PolicyError) return { stopped: 'policy error', problem: error };
      throw error;
    }
  }

  /** Writes model and summary, unless the run can be resumed. */
  async end(stopped: DurableStopReason): Promise<Omit<DurableOutcome, 'problem'>> {
    const { model, validation, weightAverage, plan, modelNotes } = this.#parts;
    const { task = classification() } = this.#parts;
    const { position } = this.#trainer;
    const lostSteps = this.#lostSteps;
    if (stopped === 'interrupted') return { stopped, position, lostSteps, summary: null };
    // Before the first step there is no average.
    const putBack =
      weightAverage && weightAverage.updates > 0
        ? weightAverage.apply(trainableVariables(model))
        : undefined;
    const isOver = stopped !== 'policy error';
    if (isOver) await this.#store.writeModel(model, modelNotes?.(this.#start.ledger) ?? {});
    const reached = validation ? await evaluate(model, validation, task) : null;
    if (!isOver) putBack?.();
    if (stopped === 'privacy budget exhausted' && position.step % plan.stepsPerEpoch > 0) {
      // The epoch with the lost steps does not end by itself.
      const epoch = Math.floor(position.step / plan.stepsPerEpoch);
      await this.#endEpoch(epoch, position.step, reached?.metrics ?? null);
    }
    const summary = this.#summary(stopped, position, reached);
    if (isOver) await this.#store.writeSummary(summary);
    return { stopped, position, lostSteps, summary };
  }

  /** @throws what the reporter has thrown; the state is already saved */
  requireReported(): void {
    this.#reports.rethrow();
  }

  #callbacks(): TrainingCallbacks {
    const reports = this.#reports;
    return {
      onProbe: async (probe) => {
        // Saved before anything is charged, so that a crash does not lose this result.
        if (probe.arithmetic === 'float' && probe.before !== 'float') await this.#save();
        await reports.tell((reporter) => reporter.onProbe?.(probe));
      },
      onAnalysis: (analysis) => reports.tell((reporter) => reporter.onAnalysis?.(analysis)),
      onDecision: async (decision) => {
        const { assignment, probabilities } = decision;
        const told = {
          ...decision,
          assignment: new Map(assignment),
          probabilities: probabilities && new Map(probabilities),
        };
        await reports.tell((reporter) => reporter.onDecision?.(told));
        await this.#store.appendRecord('schedule', this.#decisionRecord(decision));
      },
      onEpochBegin: (epoch) => reports.tell((reporter) => reporter.onEpochBegin?.(epoch)),
      onStepEnd: async ({ step, epoch }) => {
        const steps = step + 1;
        const end = { steps, epoch, ...this.#speed(steps) };
        await reports.tell((reporter) => reporter.onStepEnd?.(end));
      },
      onEpochEnd: async ({ epoch, steps, validationMetrics }) => {
        await this.#endEpoch(epoch, steps, validationMetrics);
        await this.#save();
      },
    };
  }

  #decisionRecord(decision: ScheduleDecision) {
    const { epoch, step, interval, stepsPerEpoch, assignment, probabilities } = decision;
    const layers = Object.fromEntries(
      this.#trainer.layers.map(({ name }) => [name, assignment.get(name) ?? 'float32']),
    );
    const { impacts } = this.#trainer;
    const analysed = impacts?.calendar.done.at(-1);
    // Measured since the previous decision.
    const isNew = analysed !== undefined && analysed * stepsPerEpoch > step - interval;
    return {
      epoch,
      step,
      // Distinguishes a schedule by steps from one by epochs.
      ...(interval !== stepsPerEpoch && { interval }),
      layers,
      ...(probabilities && { probabilities: Object.fromEntries(probabilities) }),
      ...(impacts && isNew && { impacts: impactsOf(impacts) }),
    };
  }

  async #endEpoch(epoch: number, step: number, reached: Metrics | null): Promise<void> {
    const epsilon = this.#spending.spent;
    const validationAccuracy = reached?.['accuracy'] ?? null;
    await this.#store.appendRecord('metrics', {
      epoch,
      step,
      epsilon: finiteOrNull(epsilon),
      delta: this.#parts.delta,
      validationAccuracy,
      ...(reached && { validationMetrics: finiteOnly(reached) }),
      guarantee: this.#guarantee,
      arithmetic: this.#arithmetic,
    });
    const ended = { epoch, steps: step, validationAccuracy, validationMetrics: reached };
    const end = { ...ended, epsilon, ...this.#speed(step) };
    await this.#reports.tell((reporter) => reporter.onEpochEnd?.(end));
  }

  async #save(): Promise<void> {
    const { model, training, weightAverage } = this.#parts;
    await saveCheckpoint(this.#store, {
      model,
      training,
      settings: this.#start.settings,
      position: this.#trainer.position,
      ...this.#trainer.settled,
      weightAverage: await weightAverage?.state(),
    });
  }

  #summary(
    stopped: DurableStopReason,
    { step, assignments, interval = this.#parts.plan.stepsPerEpoch }: TrainingPosition,
    reached: Evaluation | null,
  ): RunSummary {
    const { plan } = this.#start;
    const { delta, epsilonTarget = null, schedule, backend = tf.getBackend() } = this.#parts;
    const { guaranteed, ofSteps, spent, imported } = this.#spending;
    const { layers, analyses } = this.#trainer;
    const record = {
      layers,
      assignments,
      heldSteps: heldSteps(assignments.length, { interval, steps: step }),
      otherFormat: schedule.otherFormat ?? 'float32',
    };
    return {
      run: this.#store.name,
      backend,
      guarantee: Number.isFinite(guaranteed) ? this.#guarantee : 'none',
      arithmetic: this.#arithmetic,
      epsilon: finiteOrNull(guaranteed),
      noiseCloseness: finiteOrNull(noiseClosenessEpsilon(plan.totalEvent)),
      epsilonSpent: finiteOrNull(spent),
      epsilonImported: finiteOrNull(imported ?? 0),
      delta,
      epsilonTarget,
      accuracy: finiteOrNull(reached?.metrics['accuracy'] ?? NaN),
      ...(reached && { score: taskScore(this.#parts.task ?? classification()) }),
      metrics: finiteOnly(reached?.metrics ?? {}),
      ...reached?.classReport,
      ...(reached?.classReports && { classReports: reached.classReports }),
      quantizedFraction: quantizedFraction(record),
      theoreticalSpeedup: knownSpeedup(record, schedule.formatSpeedups),
      ...this.#speed(step),
      steps: step,
      noiseMultiplier: plan.noiseMultiplierAt(0),
      analyses: {
        count: plan.chargedAnalyses,
        epsilon: finiteOrNull(guaranteed - ofSteps),
        seconds: analyses.seconds,
      },
      stopped,
    };
  }

  /** The weaker of the two guarantees. */
  get #guarantee() {
    const { ledger, plan } = this.#start;
    return ledger.guarantee === 'none' ? 'none' : plan.guarantee;
  }

  /** Sums that were not probed count as not exact. */
  get #arithmetic() {
    return this.#trainer.arithmetic ?? 'float';
  }

  get #firstStep(): number {
    return this.#start.checkpoint?.position.step ?? 0;
  }

  get #lostSteps(): number {
    return this.#start.plan.chargedSteps - this.#trainer.steps;
  }

  #speed(steps: number): RunSpeed {
    const seconds = (performance.now() - this.#startTime) / 1000;
    const examples = (steps - this.#firstStep) * this.#start.plan.expectedBatchSize;
    return { seconds, examplesPerSecond: examples / seconds };
  }
}

function impactsOf({ released, smoothed }: KnownImpacts): object {
  return {
    released: Object.fromEntries(released),
    smoothed: Object.fromEntries(smoothed),
  };
}
