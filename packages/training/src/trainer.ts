import * as tf from '@tensorflow/tfjs-core';
import type { PrivacyEvent, PrivacyLabel } from '@dpquant/accounting';
import { layerInfo, trainableVariables } from '@dpquant/gradients';
import { flatClipping } from '@dpquant/mechanisms';
import { arithmeticNames, layerArithmetic } from '@dpquant/quantization';
import { philoxKeyFromSeed, SeededRandom, uniform } from '@dpquant/random';
import {
  checkAssignment,
  speedupsNeeded,
  type LayerAssignment,
  type ScheduledLayer,
} from '@dpquant/scheduling';
import { accuracy } from './accuracy.ts';
import { probeArithmetic } from './arithmeticProbe.ts';
import { checkRun, type ResolvedOptions } from './checkRun.ts';
import { clippedSum, type UnsafeStepStatistics } from './clippedSum.ts';
import { DivergenceError } from './divergence.ts';
import { ImpactAnalyses } from './impactAnalyses.ts';
import { probeGradients, probeIndependence } from './modelProbe.ts';
import { PlateauStop } from './plateauStop.ts';
import { PolicyError } from './policyError.ts';
import { withRegularization } from './regularizedMean.ts';
import type {
  DPTrainerOptions,
  SettledCharges,
  StepEnd,
  StopReason,
  TrainingPosition,
  TrainingResult,
} from './trainingRun.ts';
import { viewsOf } from './unitRows.ts';

/** How a run is asked to stop. */
interface RunSignals {
  readonly signal?: AbortSignal;
  readonly stopBetweenSteps?: AbortSignal;
}

/**
 * DP-SGD with layers in low precision by a schedule.
 *
 * One step: draw a Poisson sample, record it in the ledger and make that durable, sum the clipped
 * per-example gradients, add noise once, divide by the expected size, let the optimizer go.
 *
 * @throws Error for a model that cannot be trained privately, listing why, and for options that do
 *   not fit together: before anything is charged
 * @throws PolicyError when a policy gives no assignment that the run can use; the position is that
 *   of the end of the epoch before
 * @throws DivergenceError when released values or weights are not finite; nothing about the data is
 *   leaked by that, since both are private
 */
export class DPTrainer {
  readonly #options: ResolvedOptions;
  readonly #layers: readonly ScheduledLayer[];
  readonly #variables: readonly tf.Variable[];
  readonly #analyses: ImpactAnalyses | null;
  readonly #earlyStop: PlateauStop | null;
  #settled: SettledCharges;
  #assignments: LayerAssignment[] = [];
  #step = 0;

  constructor(given: DPTrainerOptions) {
    const { physicalBatchSize = 64, clipping = flatClipping, rowsPerUnit = 1 } = given;
    const options = { ...given, physicalBatchSize, clipping, rowsPerUnit };
    const { model, plan, schedule } = options;
    const { format, otherFormat = 'float32' } = schedule;
    this.#layers = layerInfo(model).filter(({ quantizable }) => quantizable);
    checkRun(options, this.#layers);
    this.#options = options;
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

  /** Where the run stands. */
  get position(): TrainingPosition {
    return {
      step: this.#step,
      assignments: [...this.#assignments],
      optimizer: this.#options.optimizer.state(),
      impacts: this.#analyses?.known ?? null,
      earlyStop: this.#earlyStop?.state() ?? null,
    };
  }

  /** Analyses of this object's runs, and the time that they took. */
  get analyses(): TrainingResult['analyses'] {
    return this.#analyses?.cost ?? { count: 0, seconds: 0 };
  }

  /**
   * What was charged, and where the plan stood, at the position: without a step that was charged and not
   * finished. What a checkpoint of the position takes.
   */
  get settled(): SettledCharges {
    return this.#settled;
  }

  /** Continues from a position; the caller has put the weights of that position into the model. */
  restore(position: TrainingPosition): void {
    this.#step = position.step;
    this.#assignments = [...position.assignments];
    this.#options.optimizer.restore(position.optimizer);
    if (position.impacts) this.#analyses?.restore(position.impacts);
    if (position.earlyStop) this.#earlyStop?.restore(position.earlyStop);
  }

  /**
   * Trains until the plan's last step, after probing the model for mixing examples, and holding its
   * per-example gradients against TensorFlow.js's own, on made-up ones.
   *
   * @param signal ends the run before the next physical batch; an unfinished step is charged, and
   *   otherwise as if it had not been begun
   * @param stopBetweenSteps ends the run before the next step or analysis: one that is charged is
   *   finished
   */
  async run({ signal, stopBetweenSteps }: RunSignals = {}): Promise<TrainingResult> {
    const { plan, callbacks = {}, model, training, loss, physicalBatchSize } = this.#options;
    const { stepsPerEpoch } = plan;
    const { format, otherFormat = 'float32' } = this.#options.schedule;
    for (const name of [format, otherFormat]) await probeArithmetic(layerArithmetic(name));
    await probeIndependence(model, training, loss, physicalBatchSize);
    await probeGradients(model, training, loss);
    const result = (stopped: StopReason): TrainingResult => ({
      stopped,
      position: this.position,
      layers: this.#layers,
      analyses: this.analyses,
    });
    while (this.#step < plan.steps) {
      if (signal?.aborted || stopBetweenSteps?.aborted) return result('interrupted');
      if (plan.chargedSteps >= plan.steps) return result('privacy budget exhausted');
      const epoch = Math.floor(this.#step / stepsPerEpoch);
      if (epoch === this.#assignments.length) {
        if (this.#analyses?.isDue(epoch)) {
          const isDone = await unlessAborted(this.#analyse(this.#analyses, epoch, signal), signal);
          if (!isDone) return result('interrupted');
          this.#settled = settledCharges(this.#options);
          if (stopBetweenSteps?.aborted) return result('interrupted');
        }
        const assignment = await this.#select(epoch);
        this.#assignments.push(assignment);
        await callbacks.onEpochBegin?.({ epoch, assignment });
      }
      const taken = await unlessAborted(this.#takeStep(this.#assignments[epoch]!, signal), signal);
      if (!taken) return result('interrupted');
      const { mean, unsafe } = taken;
      const step = this.#step++;
      this.#settled = settledCharges(this.#options);
      await callbacks.onStepEnd?.({ step, epoch, mean }, unsafe);
      if (this.#step % stepsPerEpoch === 0 || this.#step === plan.steps) {
        await this.#requireFiniteWeights();
        const validationAccuracy = await this.#validate();
        const isOver = validationAccuracy !== null && this.#earlyStop?.isOver(validationAccuracy);
        await callbacks.onEpochEnd?.({ epoch, steps: this.#step, validationAccuracy });
        if (isOver) return result('early stop');
      }
    }
    return result('finished');
  }

  async #select(epoch: number): Promise<LayerAssignment> {
    const { policy, format, budget, otherFormat, formatSpeedups } = this.#options.schedule;
    const random = new SeededRandom(this.#options.seed, `schedule of epoch ${epoch}`);
    const context = {
      epoch,
      layers: this.#layers,
      budget,
      format,
      ...(otherFormat !== undefined && { otherFormat }),
      ...(formatSpeedups && { formatSpeedups }),
      ...(this.#analyses?.known && { lossImpacts: this.#analyses.known.smoothed }),
      random: () => uniform(random),
    };
    const speedups = speedupsNeeded(this.#options.schedule);
    try {
      const assignment = checkAssignment(policy.select(context), context, {
        policy: policy.name,
        formats: arithmeticNames(),
        ...(speedups && { formatSpeedups: speedups }),
      });
      for (const assigned of new Set(assignment.values())) {
        if (assigned !== format) await probeArithmetic(layerArithmetic(assigned));
      }
      return assignment;
    } catch (error) {
      throw new PolicyError(policy.name, epoch, error);
    }
  }

  async #takeStep(
    assignment: LayerAssignment,
    signal: AbortSignal | undefined,
  ): Promise<Pick<StepEnd, 'mean'> & { unsafe: UnsafeStepStatistics }> {
    const { plan, model, training, loss, optimizer, weightAverage, seed } = this.#options;
    const sampled = plan.sample(this.#step);
    await this.#charge(sampled.event, 'training');
    const { clipping, rowsPerUnit, physicalBatchSize } = this.#options;
    const rowsOf = (unit: number) => training.privacyUnits.rowsOf(unit);
    const rows = plan.drawRows(sampled, rowsOf, rowsPerUnit);
    const views = viewsOf(rows.length, this.#step, rowsPerUnit);
    const contributing = {
      loss,
      clipping: clipping(sampled.clipNorm),
      arithmetic: (layer: string) => layerArithmetic(assignment.get(layer) ?? 'float32'),
      rounding: { key: philoxKeyFromSeed(seed), step: this.#step },
      rowsPerUnit,
    };
    const viewed = { rows, views };
    const sum = await clippedSum(model, training, viewed, physicalBatchSize, contributing, signal);
    const { mean, noiseDeviation } = await plan.release(sampled, sum);
    this.#requireFinite(mean);
    const release = { step: this.#step, noiseDeviation };
    optimizer.apply(this.#variables, await withRegularization(model, mean), release);
    weightAverage?.update(this.#variables);
    return { mean, unsafe: sum.unsafe };
  }

  /** Write-ahead: what is charged is durable before anything is computed from the data. */
  async #charge(event: PrivacyEvent, label: PrivacyLabel): Promise<void> {
    const { ledger, persistLedger } = this.#options;
    ledger.record(event, label);
    await persistLedger?.(ledger);
  }

  async #analyse(
    analyses: ImpactAnalyses,
    epoch: number,
    signal: AbortSignal | undefined,
  ): Promise<true> {
    const { seed, callbacks = {} } = this.#options;
    const done = await analyses.run(
      epoch,
      {
        ...this.#options,
        rounding: { key: philoxKeyFromSeed(seed), step: this.#step },
        signal,
      },
      (event) => this.#charge(event, 'analysis'),
    );
    await callbacks.onAnalysis?.(done);
    return true;
  }

  /** Accuracy on the public examples, of the averaged weights where there are any. */
  async #validate(): Promise<number | null> {
    const { model, validation, weightAverage } = this.#options;
    if (!validation) return null;
    const putBack = weightAverage?.apply(this.#variables);
    try {
      return await accuracy(model, validation);
    } finally {
      putBack?.();
    }
  }

  #requireFinite(mean: ReadonlyMap<string, Float32Array>): void {
    for (const [name, values] of mean) {
      if (!values.every(Number.isFinite)) {
        throw new DivergenceError('released gradient', this.#step, name);
      }
    }
  }

  async #requireFiniteWeights(): Promise<void> {
    for (const variable of this.#variables) {
      const isFinite = tf.tidy(() => tf.all(tf.isFinite(variable)));
      const [answer] = await isFinite.data();
      isFinite.dispose();
      if (!answer) throw new DivergenceError('weight', this.#step - 1, variable.name);
    }
  }
}

/** What is charged, and where the plan stands, by now. */
function settledCharges({
  plan,
  ledger,
}: Pick<DPTrainerOptions, 'plan' | 'ledger'>): SettledCharges {
  return { plan: plan.state(), ledger: { entries: ledger.entries } };
}

/** What `work` gives; null where the signal ended it. */
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
