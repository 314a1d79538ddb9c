import {
  calibrateNoiseMultiplier,
  type PrivacyLabel,
  type PrivacyLedger,
} from '@dpquant/accounting';
import { splitByHash, type Dataset, type Split } from '@dpquant/data';
import { TrainingPlan, type PlanState } from '@dpquant/mechanisms';
import { accountantNames } from './privacyOptions.ts';
import type { RunConfig } from './runRecords.ts';
import type { Terminal } from './terminal.ts';
import type { TrainOptions } from './trainOptions.ts';
import { asUsage, UsageError } from './usageError.ts';

/** The private and the public part of a data set. */
export function splitData(
  dataset: Dataset,
  { validationFraction, seed }: { validationFraction: number; seed: number },
): Split {
  return asUsage(() => splitByHash(dataset, { validationFraction, seed }));
}

/** Fixes sample rate, steps and noise before anything of the data is looked at. */
export function planRun(
  options: TrainOptions,
  training: Dataset,
  terminal: Terminal,
): RunConfig['plan'] {
  const { batchSize, epochs, epsilon, delta, clipNorm } = options;
  const unitCount = training.privacyUnits.count;
  if (batchSize > unitCount) {
    throw new UsageError(
      `batch-size: ${batchSize} is larger than the ${unitCount} private examples; choose a smaller one`,
    );
  }
  if (delta >= 1 / unitCount) {
    terminal.say(
      `warning: δ = ${delta} is not below 1/${unitCount}, one over the number of private examples: ` +
        'publishing one example outright would satisfy it',
    );
  }
  const sampleRate = batchSize / unitCount;
  const stepsPerEpoch = Math.max(1, Math.round(1 / sampleRate));
  const steps = epochs * stepsPerEpoch;
  const accountant = accountantNames[0]!;
  const noiseMultiplier = asUsage(() =>
    calibrateNoiseMultiplier({ epsilon, delta, sampleRate, steps, accountant }),
  );
  const { clipping, quantile } = options;
  const plan = {
    unitCount,
    sampleRate,
    noiseMultiplier,
    clipNorm,
    steps,
    stepsPerEpoch,
    accountant,
  };
  return clipping === 'quantile' ? { ...plan, quantile } : plan;
}

/** The plan of a run, with what its ledger says was charged already. */
export function restorePlan(
  { plan, options }: RunConfig,
  ledger: PrivacyLedger,
  state: PlanState = {},
): TrainingPlan {
  return new TrainingPlan({
    unitCount: plan.unitCount,
    sampleRate: plan.sampleRate,
    noiseMultiplier: plan.noiseMultiplier,
    clipNorm: plan.clipNorm,
    steps: plan.steps,
    chargedSteps: chargedEvents(ledger, 'training'),
    ...(options.insecureSeed !== undefined && { insecureSeed: options.insecureSeed }),
    ...(plan.quantile !== undefined && { quantileClipping: { quantile: plan.quantile } }),
    state,
  });
}

/** Number of events of a kind that are in the ledger. */
function chargedEvents(ledger: PrivacyLedger, label: PrivacyLabel): number {
  const entries = ledger.entries.filter((entry) => entry.label === label);
  return entries.reduce((sum, { count }) => sum + count, 0);
}
