import type * as tfl from '@tensorflow/tfjs-layers';
import { PrivacyLedger, type PrivacyLabel, type Spending } from '@dpquant/accounting';
import type { Dataset } from '@dpquant/data';
import { TrainingPlan, type Guarantee, type PlanData } from '@dpquant/mechanisms';
import type { ExampleArrays } from './exampleData.ts';
import { prepareTraining } from './preparedTraining.ts';
import type { PrivateTrainingOptions } from './privateTrainingOptions.ts';
import { timedTraining } from './timedTraining.ts';

/** The cost of a private training. */
export interface TrainingEstimate {
  readonly steps: number;
  readonly stepsPerEpoch: number;
  /** Number of privacy units in the private part. */
  readonly unitCount: number;
  readonly sampleRate: number;
  /** Standard deviation of the noise in the first step, divided by the clip norm. */
  readonly noiseMultiplier: number;
  /** Number of planned analyses of loss impacts. */
  readonly analyses: number;
  /**
   * ε at δ of the steps (`training`), of the analyses (`analysis`), and of both together (`total`),
   * which is less than their sum; infinite without noise.
   */
  readonly epsilon: Spending;
  readonly delta: number;
  readonly guarantee: Guarantee;
  /** Of the whole run, estimated from steps on synthetic examples on the current backend. */
  readonly seconds: number;
  readonly secondsPerStep: number;
  /** Name of the task. */
  readonly task: string;
  readonly plan: PlanData;
  /** Warnings for the owner of the data, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Estimates what `trainPrivately` with the same arguments will cost, before anything is charged:
 * nothing is computed from a private example. Makes the same checks of model, data and options. The
 * model's weights are restored afterwards.
 *
 * @throws Error with the remedy, for what `trainPrivately` would refuse
 */
export async function estimateTraining(
  model: tfl.LayersModel,
  data: Dataset | ExampleArrays,
  options: PrivateTrainingOptions,
): Promise<TrainingEstimate> {
  const seed = options?.seed ?? options?.insecureSeed ?? 0;
  const { parts, task, warnings } = await prepareTraining(model, data, options, seed);
  const { delta, insecureSeed } = parts;
  const plan = new TrainingPlan(parts.plan, { insecureSeed });
  const { secondsPerStep, secondsPerAnalysis } = await timedTraining(parts);
  const { steps, stepsPerEpoch, unitCount, sampleRate, guarantee } = plan;
  const analyses = plan.analyses?.count ?? 0;
  return {
    ...{ steps, stepsPerEpoch, unitCount, sampleRate },
    noiseMultiplier: plan.noiseMultiplierAt(0),
    analyses,
    epsilon: spendingOf(plan, delta),
    delta,
    guarantee,
    seconds: steps * secondsPerStep + analyses * secondsPerAnalysis,
    secondsPerStep,
    task: task.name,
    plan: parts.plan,
    warnings,
  };
}

/** The ε of the whole plan, by label. */
function spendingOf(plan: TrainingPlan, delta: number): Spending {
  const ledger = new PrivacyLedger();
  const planned = { training: plan.steps, analysis: plan.analyses?.count ?? 0 };
  for (const [label, count] of Object.entries(planned) as [PrivacyLabel, number][]) {
    for (let i = 0; i < count; i++) ledger.record(plan.eventAt(label, i), label);
  }
  return ledger.spending(delta, { accountant: plan.accountant });
}
