import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { PrivacyLedger } from '@dpquant/accounting';
import type { StartedBackend } from '@dpquant/backends';
import type { Split } from '@dpquant/data';
import { defaultFormatSpeedups } from '@dpquant/scheduling';
import { eventCount, lossOf, WeightAverage, type DurableRunParts } from '@dpquant/training';
import type { LeadingRank } from '../distributed/leadingRank.ts';
import { clippingRuleOf } from '../flags/clippingRules.ts';
import { budgetOf } from '../flags/computeBudget.ts';
import type { TrainOptions } from '../flags/computingOptions.ts';
import { optimizerOf } from '../flags/optimizers.ts';
import { loadPolicy } from '../flags/policies.ts';
import { provenanceOf } from './provenance.ts';
import { settingsOf } from './runIdentity.ts';
import { estimatorOf } from './runPlan.ts';
import { loadTask } from '../flags/tasks.ts';
import type { RunConfig } from './runRecords.ts';

/** All that a run needs to start or to be continued, besides its folder. */
export interface PreparedRun {
  readonly config: RunConfig;
  readonly split: Split;
  readonly backend: StartedBackend;
  readonly model: LayersModel;
  /** Only for a run that starts. */
  readonly firstLedger?: PrivacyLedger;
  /** Of a run of several processes, of which this is the one that has it. */
  readonly ranks?: LeadingRank | undefined;
}

/** The options of `runDurably` for a run of the command line. */
export async function durableParts({
  config,
  split,
  backend,
  model,
  firstLedger,
  ranks,
}: PreparedRun): Promise<DurableRunParts> {
  const { options, plan } = config;
  const task = await loadTask(options);
  const loss = lossOf(model, task);
  const { insecureSeed, earlyStop, scheduleInterval: interval } = options;
  return {
    model,
    ...{ loss, task },
    ...(ranks && { source: ranks.sourceOf(model, split.training, loss) }),
    ...split,
    plan,
    delta: options.delta,
    epsilonTarget: epsilonTarget(options),
    optimizer: optimizerOf(options, plan.steps),
    clipping: options.privacy ? clippingRuleOf(options.clipping) : 'none',
    rowsPerUnit: options.views,
    schedule: {
      policy: await loadPolicy(options),
      format: options.format,
      otherFormat: options.otherFormat,
      budget: budgetOf(options),
      seed: options.scheduleSeed,
      ...(interval !== undefined && { interval }),
      // The summary needs the speed-up of every format.
      formatSpeedups: defaultFormatSpeedups,
      ...(plan.analyses && {
        analysis: {
          estimator: estimatorOf(options),
          adaptive: options.adaptiveAnalysis,
          smoothing: options.analysisSmoothing,
        },
      }),
    },
    ...(options.ema > 0 && { weightAverage: new WeightAverage({ decay: options.ema }) }),
    ...(earlyStop !== undefined && { earlyStop: { patience: earlyStop } }),
    seed: options.seed,
    ...(insecureSeed !== undefined && { insecureSeed }),
    physicalBatchSize: options.physicalBatchSize,
    settings: settingsOf(config),
    config,
    ...(firstLedger && { firstLedger }),
    modelNotes: (ledger) => notesOf(config, ledger),
    backend: backend.name,
  };
}

/** The goal of a run that has one. */
export function epsilonTarget({
  privacy,
  noiseMultiplier,
  epsilon,
}: Pick<TrainOptions, 'privacy' | 'noiseMultiplier' | 'epsilon'>): number | null {
  return privacy && noiseMultiplier === undefined ? epsilon : null;
}

/** The runs that the weights of a model come from, this one first. */
function notesOf({ start, data }: RunConfig, ledger: PrivacyLedger) {
  const { earlierRuns = [], includedRuns: includes = [] } = start;
  const trace = { run: ledger.run!, charged: eventCount(ledger), data, includes };
  return provenanceOf([trace, ...earlierRuns]);
}
