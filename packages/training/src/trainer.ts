import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { PrivacyLedger } from '@dpquant/accounting';
import type { Dataset } from '@dpquant/data';
import {
  layerInfo,
  regularizationGradients,
  trainableVariables,
  validateModel,
  type PerExampleLoss,
} from '@dpquant/gradients';
import { flatClipping, type ClippingRule, type TrainingPlan } from '@dpquant/mechanisms';
import { arithmeticNames, layerArithmetic, requirePerExampleScales } from '@dpquant/quantization';
import { philoxKeyFromSeed, SeededRandom, uniform } from '@dpquant/random';
import {
  checkAssignment,
  type LayerAssignment,
  type ScheduledLayer,
  type SchedulePolicy,
} from '@dpquant/scheduling';
import { accuracy } from './accuracy.ts';
import { clippedSum, type UnsafeStepStatistics } from './clippedSum.ts';
import { probeGradients, probeIndependence } from './modelProbe.ts';
import type { Optimizer, OptimizerState } from './optimizers/optimizer.ts';

/** What a run is made of. */
export interface DPTrainerOptions {
  /** Classifier whose loss is `loss`; changed in place. */
  readonly model: tfl.LayersModel;
  readonly loss: PerExampleLoss;
  /** The private examples. */
  readonly training: Dataset;
  /** Public examples for the accuracy after each epoch; they are outside of the guarantee. */
  readonly validation?: Dataset;
  /** Sampling, clipping, noise and their accounting. */
  readonly plan: TrainingPlan;
  readonly stepsPerEpoch: number;
  readonly optimizer: Optimizer;
  readonly schedule: {
    readonly policy: SchedulePolicy;
    /** Name of the low-precision arithmetic. */
    readonly format: string;
    /** Share of the quantizable layers that run in it. */
    readonly quantizedFraction: number;
  };
  /** Fixes schedule and rounding; sampling and noise are the plan's. */
  readonly seed: number;
  /** Examples that are computed at a time; has no influence on the result but rounding. Default 64. */
  readonly physicalBatchSize?: number;
  /** Makes the clipping rule for a clip norm. Default `flatClipping`. */
  readonly clipping?: (clipNorm: number) => ClippingRule;
  /**
   * Rows that each sampled privacy unit contributes, drawn at random from its own, each in a view of its
   * own (augmentation multiplicity): the mean of their gradients is what is clipped. Default 1.
   */
  readonly rowsPerUnit?: number;
  /** Every step is recorded here before it is computed. */
  readonly ledger: PrivacyLedger;
  /**
   * Makes the ledger durable; awaited after a step was recorded and before anything is computed from
   * its examples. Leave it out only where losing the ledger on a crash is acceptable.
   */
  readonly persistLedger?: (ledger: PrivacyLedger) => Promise<void>;
  readonly callbacks?: TrainingCallbacks;
}

/** Called as training goes on; awaited. What they get is public or private already, but for `unsafe`. */
export interface TrainingCallbacks {
  onEpochBegin?(epoch: EpochBegin): void | Promise<void>;
  /** `unsafe` is un-noised: showing it to anyone is outside of the guarantee. */
  onStepEnd?(step: StepEnd, unsafe: UnsafeStepStatistics): void | Promise<void>;
  onEpochEnd?(epoch: EpochEnd): void | Promise<void>;
}

export interface EpochBegin {
  /** From 0. */
  readonly epoch: number;
  readonly assignment: LayerAssignment;
}

export interface StepEnd {
  /** Number of the step that was taken, from 0. */
  readonly step: number;
  readonly epoch: number;
}

export interface EpochEnd {
  readonly epoch: number;
  /** Steps taken so far. */
  readonly steps: number;
  /** On the public validation examples; null without them. */
  readonly validationAccuracy: number | null;
}

/** Where a run stands between two steps: with the weights, all that is needed to go on. */
export interface TrainingPosition {
  /** Steps that the weights have taken. */
  readonly step: number;
  /** Layers and formats of each epoch begun so far. */
  readonly assignments: readonly LayerAssignment[];
  readonly optimizer: OptimizerState;
}

/** Why `run` returned. */
export type StopReason = 'finished' | 'interrupted' | 'privacy budget exhausted';

export interface TrainingResult {
  readonly stopped: StopReason;
  readonly position: TrainingPosition;
  readonly layers: readonly ScheduledLayer[];
}

/**
 * DP-SGD with layers in low precision by a schedule.
 *
 * One step: draw a Poisson sample, record it in the ledger and make that durable, sum the clipped
 * per-example gradients, add noise once, divide by the expected size, let the optimizer go.
 *
 * @throws Error for a model that cannot be trained privately, listing why
 * @throws Error when released values are not finite: the run has diverged; nothing about the data
 *   is leaked by that, since released values are private
 */
export class DPTrainer {
  readonly #options: DPTrainerOptions;
  readonly #layers: readonly ScheduledLayer[];
  readonly #variables: readonly tf.Variable[];
  #assignments: LayerAssignment[] = [];
  #step = 0;

  constructor(options: DPTrainerOptions) {
    const { model, plan, training, schedule, stepsPerEpoch, physicalBatchSize = 64 } = options;
    validateModel(model);
    probeIndependence(model, training, options.loss);
    requirePerExampleScales(layerArithmetic(schedule.format));
    requireCount('stepsPerEpoch', stepsPerEpoch);
    requireCount('physicalBatchSize', physicalBatchSize);
    requireCount('rowsPerUnit', options.rowsPerUnit ?? 1);
    if (plan.unitCount !== training.privacyUnits.count) {
      throw new RangeError(
        `unitCount: the plan is for ${plan.unitCount} privacy units, ` +
          `"${training.name}" has ${training.privacyUnits.count}`,
      );
    }
    this.#options = options;
    this.#variables = trainableVariables(model);
    this.#layers = layerInfo(model).filter(({ quantizable }) => quantizable);
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
    };
  }

  /** Continues from a position; the caller has put the weights of that position into the model. */
  restore(position: TrainingPosition): void {
    this.#step = position.step;
    this.#assignments = [...position.assignments];
    this.#options.optimizer.restore(position.optimizer);
  }

  /**
   * Trains until the plan's last step, after holding the model's per-example gradients against
   * TensorFlow.js's own on made-up examples.
   *
   * @param signal ends the run between two steps
   */
  async run({ signal }: { signal?: AbortSignal } = {}): Promise<TrainingResult> {
    const { plan, stepsPerEpoch, callbacks = {}, validation, model } = this.#options;
    await probeGradients(model, this.#options.training, this.#options.loss);
    const result = (stopped: StopReason): TrainingResult => ({
      stopped,
      position: this.position,
      layers: this.#layers,
    });
    while (this.#step < plan.steps) {
      if (signal?.aborted) return result('interrupted');
      if (plan.chargedSteps >= plan.steps) return result('privacy budget exhausted');
      const epoch = Math.floor(this.#step / stepsPerEpoch);
      if (epoch === this.#assignments.length) {
        const assignment = this.#select(epoch);
        this.#assignments.push(assignment);
        await callbacks.onEpochBegin?.({ epoch, assignment });
      }
      const unsafe = await this.#takeStep(this.#assignments[epoch]!);
      const step = this.#step++;
      await callbacks.onStepEnd?.({ step, epoch }, unsafe);
      if (this.#step % stepsPerEpoch === 0 || this.#step === plan.steps) {
        const validationAccuracy = validation ? await accuracy(model, validation) : null;
        await callbacks.onEpochEnd?.({ epoch, steps: this.#step, validationAccuracy });
      }
    }
    return result('finished');
  }

  #select(epoch: number): LayerAssignment {
    const { policy, format, quantizedFraction } = this.#options.schedule;
    const random = new SeededRandom(this.#options.seed, `schedule of epoch ${epoch}`);
    const context = {
      epoch,
      layers: this.#layers,
      budget: { quantizedFraction },
      format,
      random: () => uniform(random),
    };
    return checkAssignment(policy.select(context), context, {
      policy: policy.name,
      formats: arithmeticNames(),
    });
  }

  async #takeStep(assignment: LayerAssignment): Promise<UnsafeStepStatistics> {
    const { plan, ledger, persistLedger, model, training, loss, optimizer, seed } = this.#options;
    const sampled = plan.sample(this.#step);
    ledger.record(sampled.event, 'training');
    await persistLedger?.(ledger);
    const { clipping = flatClipping, rowsPerUnit = 1, physicalBatchSize = 64 } = this.#options;
    const rowsOf = (unit: number) => training.privacyUnits.rowsOf(unit);
    const rows = plan.drawRows(sampled, rowsOf, rowsPerUnit);
    const views = viewsOf(rows.length, this.#step, rowsPerUnit);
    const sum = await clippedSum(model, training, { rows, views }, physicalBatchSize, {
      loss,
      clipping: clipping(sampled.clipNorm),
      arithmetic: (layer) => layerArithmetic(assignment.get(layer) ?? 'float32'),
      rounding: { key: philoxKeyFromSeed(seed), step: this.#step },
      rowsPerUnit,
    });
    const { mean } = plan.release(sampled, sum);
    this.#requireFinite(mean);
    optimizer.apply(this.#variables, withRegularization(model, mean));
    return sum.unsafe;
  }

  #requireFinite(mean: ReadonlyMap<string, Float32Array>): void {
    for (const [name, values] of mean) {
      if (!values.every(Number.isFinite)) {
        throw new Error(
          `step ${this.#step}: the released gradient of "${name}" is not finite; ` +
            'lower the learning rate or the clip norm',
        );
      }
    }
  }
}

function requireCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`${name}: expected a whole number of at least 1, got ${value}`);
  }
}

/** View number of each row of a step: another one in each step and for each row of a unit, never 0. */
function viewsOf(rows: number, step: number, rowsPerUnit: number): Uint32Array {
  return Uint32Array.from(
    { length: rows },
    (_, i) => 1 + ((step * rowsPerUnit + (i % rowsPerUnit)) % (2 ** 16 - 1)),
  );
}

/** The mean gradient with that of the model's regularizers, which sees nothing but the weights. */
function withRegularization(
  model: tfl.LayersModel,
  mean: ReadonlyMap<string, Float32Array>,
): ReadonlyMap<string, Float32Array> {
  const penalties = regularizationGradients(model);
  if (penalties.size === 0) return mean;
  const total = new Map(
    [...mean].map(([name, values]) => {
      const penalty = penalties.get(name)?.dataSync<'float32'>();
      return [name, penalty ? values.map((value, i) => value + penalty[i]!) : values];
    }),
  );
  tf.dispose([...penalties.values()]);
  return total;
}
