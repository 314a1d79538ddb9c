import type * as tfl from '@tensorflow/tfjs-layers';
import type { LedgerGuarantee, PrivacyLedger } from '@dpquant/accounting';
import type { Dataset } from '@dpquant/data';
import { TrainingPlan, type PlanData } from '@dpquant/mechanisms';
import { readCheckpointSettings } from '../durable/checkpoint.ts';
import { runDurably } from '../durable/runDurably.ts';
import type { DurableRunParts } from '../durable/runParts.ts';
import { RunSpending } from '../durable/runSpending.ts';
import type { RunStore } from '../durable/runStore.ts';
import type { RunSummary } from '../durable/runSummary.ts';
import { evaluate, type Evaluation } from '../tasks/evaluate.ts';
import type { ClassReport, Metrics, ModelTask } from '../tasks/task.ts';
import type { StopReason } from '../trainerTypes.ts';
import type { ExampleArrays } from './exampleData.ts';
import { EphemeralStore } from './ephemeralStore.ts';
import { prepareTraining } from './preparedTraining.ts';
import type { PrivateTrainingOptions } from './privateTrainingOptions.ts';

/** Record of an epoch. */
export interface EpochHistory {
  /** From 0. */
  readonly epoch: number;
  /** Number of steps taken by its end. */
  readonly step: number;
  /** ε of everything charged by its end; null without a bound. */
  readonly epsilon: number | null;
  readonly delta: number;
  /** On the public part; null without one, or if the task has no accuracy. */
  readonly validationAccuracy: number | null;
  /** On the public part, if there is one; null for a metric that is not defined there. */
  readonly validationMetrics?: Readonly<Record<string, number | null>>;
}

/** A decision of the schedule. */
export interface ScheduledFormats {
  /** The epoch of its first step, from 0. */
  readonly epoch: number;
  /** Its first step, from 0. */
  readonly step: number;
  /** Format of each layer. */
  readonly layers: Readonly<Record<string, string>>;
  /** Probability that each layer had of being chosen, if the policy gives it. */
  readonly probabilities?: Readonly<Record<string, number>>;
  /** Loss impacts measured since the previous decision: private, with noise. */
  readonly impacts?: {
    readonly released: Readonly<Record<string, number>>;
    readonly smoothed: Readonly<Record<string, number>>;
  };
}

/** Result of a private training; the given model is now the trained one. */
export interface PrivateTrainingResult {
  readonly stopped: StopReason;
  /** The epochs of the whole run, including those before it was resumed. */
  readonly history: readonly EpochHistory[];
  /** The ε that the run guarantees at `delta`: that of its whole plan, even if it ended early. */
  readonly epsilon: number;
  readonly delta: number;
  readonly guarantee: LedgerGuarantee;
  /** All charges. */
  readonly ledger: PrivacyLedger;
  /** Decisions of the schedule, in order. */
  readonly schedule: readonly ScheduledFormats[];
  /** Metrics of the final model on the public part; empty without one. */
  readonly metrics: Metrics;
  /** Figures of each class or label, on the public part. */
  readonly classReport?: ClassReport;
  /** The same for several tasks, by the name of the output. */
  readonly classReports?: Readonly<Record<string, ClassReport>>;
  /** Name of the task that was trained. */
  readonly task: string;
  readonly plan: PlanData;
  /** Null for a run that was interrupted and can be resumed. */
  readonly summary: RunSummary | null;
  /** Warnings for the owner of the data, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Trains a model on private examples with differential privacy. By default it uses the paper's
 * method: layers in four bits, chosen anew in every epoch by the loss impact of quantizing each.
 *
 * - **What is protected**: adding or removing one privacy unit of the private part, by default one
 *   example. The public part (`validationFraction`) is split off before anything is computed, and
 *   is not protected: all accuracies in `metrics` and `history` are measured on it.
 * - **ε** covers all steps and all analyses of the plan, which is fixed before the first one. Each
 *   is charged before anything is computed from its examples, in `store` durably.
 * - **Before the first charge** model, data and options are checked, all examples are read once,
 *   and the model is probed for mixing examples.
 * - With a `store` the run is resumed where it stopped, if model, data and options are the same.
 *
 * A compiled model's own loss and optimizer are not used.
 *
 * @param model a classifier or another network, with logits if the task expects them; trained in
 *   place. Several inputs or outputs go by the names of their layers
 * @throws Error with the remedy, before anything is charged, for what cannot be trained
 * @throws PolicyError and DivergenceError as `DPTrainer`; the store then has the state of the last
 *   finished step
 */
export async function trainPrivately(
  model: tfl.LayersModel,
  data: Dataset | ExampleArrays,
  options: PrivateTrainingOptions,
): Promise<PrivateTrainingResult> {
  const { store = new EphemeralStore(), callbacks, signal, stopBetweenSteps } = options ?? {};
  const seed = options?.seed ?? options?.insecureSeed ?? (await storedSeed(store)) ?? newSeed();
  const { parts, task, warnings } = await prepareTraining(model, data, options, seed);
  const { plan, delta, insecureSeed } = parts;
  const outcome = await runDurably(store, parts, callbacks, { signal, stopBetweenSteps });
  const { stopped, summary, problem } = outcome;
  if (problem) throw problem;
  const ledger = await store.readLedger();
  const planned = new TrainingPlan(plan, { insecureSeed });
  const reached = summary ? evaluationIn(summary) : await evaluated(parts, task);
  const records = async <Entry>(kind: 'metrics' | 'schedule') =>
    (await store.readRecords(kind)) as readonly unknown[] as readonly Entry[];
  return {
    stopped: stopped as StopReason,
    history: await records<EpochHistory>('metrics'),
    epsilon: new RunSpending(ledger, planned, { delta }).guaranteed,
    delta,
    guarantee: ledger.guarantee === 'none' ? 'none' : planned.guarantee,
    ledger,
    schedule: await records<ScheduledFormats>('schedule'),
    ...reached,
    task: task.name,
    plan,
    summary,
    warnings,
  };
}

function evaluationIn(summary: RunSummary): Evaluation {
  const { metrics, classes, confusionMatrix, classReports } = summary;
  return {
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([name, value]) => [name, value ?? NaN]),
    ),
    ...(classes && { classReport: { classes, ...(confusionMatrix && { confusionMatrix }) } }),
    ...(classReports && { classReports }),
  };
}

async function evaluated(
  { model, validation }: DurableRunParts,
  task: ModelTask,
): Promise<Evaluation> {
  return validation ? evaluate(model, validation, task) : { metrics: {} };
}

/** The seed of the run in a store, which reproduces its public part. */
async function storedSeed(store: RunStore): Promise<number | undefined> {
  // Without a checkpoint nothing was charged, so another split is allowed.
  if ((await store.stage()) !== 'begun' || !(await store.readCheckpoint())) return undefined;
  const settings = await readCheckpointSettings(store);
  const seed = settings?.find(([name]) => name === 'seed');
  return seed && (JSON.parse(seed[1]) as number);
}

function newSeed(): number {
  return globalThis.crypto.getRandomValues(new Uint32Array(1))[0]!;
}
