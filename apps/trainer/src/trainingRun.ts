import type { LayersModel } from '@tensorflow/tfjs-layers';
import { composed, createAccountant, type PrivacyEvent } from '@dpquant/accounting';
import type { StartedBackend } from '@dpquant/backends';
import type { Split } from '@dpquant/data';
import { softmaxCrossEntropy, trainableVariables } from '@dpquant/gradients';
import { epochCount, noClipping } from '@dpquant/mechanisms';
import {
  builtInPolicies,
  defaultFormatSpeedups,
  quantizedFraction,
  theoreticalSpeedup,
} from '@dpquant/scheduling';
import {
  accuracy,
  DivergenceError,
  DPTrainer,
  PolicyError,
  WeightAverage,
} from '@dpquant/training';
import {
  eventCount,
  loadCheckpoint,
  resumedLedger,
  saveCheckpoint,
  saveModel,
  type RunFolder,
} from '@dpquant/training/node';
import { clippingRule } from './clippingRules.ts';
import { budgetOf } from './computeBudget.ts';
import type { TrainOptions } from './computingOptions.ts';
import { importedEvent } from './initLedger.ts';
import { optimizerOf } from './optimizers.ts';
import { loadPolicy } from './policies.ts';
import { Progress } from './progress.ts';
import { provenanceOf } from './provenance.ts';
import { requirePlanned, settingsOf } from './runIdentity.ts';
import { announce, conclude, lostSteps } from './runMessages.ts';
import { estimatorOf, restorePlan, withSpent } from './runPlan.ts';
import type { RunConfig, RunSummary, StopReason } from './runRecords.ts';
import type { StopSignals } from './stopSignals.ts';
import type { Terminal } from './terminal.ts';

/** Why and with what a run ended. */
export interface RunOutcome {
  readonly stopped: StopReason;
  /** Null if the run was interrupted. */
  readonly summary: RunSummary | null;
}

/** Of a run that was stopped before its first charge. */
export const notBegun: RunOutcome = { stopped: 'interrupted', summary: null };

/** All that a run needs to begin or go on. */
export interface PreparedRun {
  readonly config: RunConfig;
  readonly split: Split;
  /** Open for writing. */
  readonly folder: RunFolder;
  readonly backend: StartedBackend;
  readonly model: LayersModel;
  readonly resumed: boolean;
}

/**
 * Trains to the end, or until it is stopped, with all that a person sees and all that a folder
 * keeps.
 */
export async function carryOut(
  { config, split, folder, backend, model, resumed }: PreparedRun,
  terminal: Terminal,
  signals: StopSignals,
): Promise<RunOutcome> {
  const { options, plan: planned } = config;
  const { training, validation } = split;
  const settings = settingsOf(config);
  const checkpoint = resumed
    ? await loadCheckpoint(folder.checkpointPath, { model, training, settings })
    : null;
  const { ledger, needsWriting } = resumedLedger(
    await folder.readLedger(),
    checkpoint ?? { charged: 0 },
    // A run that begins keeps what it has imported.
    { repeats: resumed && options.insecureSeed !== undefined },
  );
  const before = importedEvent(ledger);
  const plan = restorePlan(config, ledger, checkpoint?.plan);
  requirePlanned(folder.path, ledger, plan);
  // The weaker of the two, should they ever differ.
  const guarantee = ledger.guarantee === 'none' ? 'none' : plan.guarantee;
  const policy = await loadPolicy(options, checkpoint?.position.assignments[0]);
  const weightAverage = options.ema > 0 ? new WeightAverage({ decay: options.ema }) : null;
  const progress = new Progress(terminal, {
    epochs: epochCount(planned),
    steps: planned.steps,
    stepsPerEpoch: planned.stepsPerEpoch,
    firstStep: checkpoint?.position.step ?? 0,
    expectedBatchSize: plan.expectedBatchSize,
    epsilonTarget: epsilonTarget(options),
    guarantee,
    format: options.format,
    spent: () => spent(),
  });
  /** With what was spent on the initial weights. */
  const epsilonOf = (event: PrivacyEvent) =>
    createAccountant(plan.accountant).compose(withSpent(before, event)).epsilon(options.delta);
  const spent = () => ledger.epsilon(options.delta, { accountant: plan.accountant });
  const recordEpoch = async (epoch: number, step: number, validationAccuracy: number | null) => {
    const epsilon = spent();
    progress.endEpoch(step, epoch, epsilon, validationAccuracy);
    await folder.appendRecord('metrics.jsonl', {
      epoch,
      step,
      epsilon: finiteOrNull(epsilon),
      delta: options.delta,
      validationAccuracy,
      guarantee,
    });
  };
  let analysisSeconds = 0;
  const saveState = async () =>
    saveCheckpoint(folder.checkpointPath, {
      model,
      training,
      settings,
      position: trainer.position,
      ...trainer.settled,
      weightAverage: await weightAverage?.state(),
    });

  const trainer = new DPTrainer({
    model,
    loss: softmaxCrossEntropy,
    training,
    validation,
    plan,
    optimizer: optimizerOf(options, planned.steps),
    clipping: options.privacy ? clippingRule(options.clipping) : noClipping,
    rowsPerUnit: options.views,
    schedule: {
      policy,
      format: options.format,
      otherFormat: options.otherFormat,
      budget: budgetOf(options),
      // The summary tells the speed-up of the whole run.
      formatSpeedups: defaultFormatSpeedups,
      ...(planned.analyses && {
        analysis: {
          estimator: estimatorOf(options),
          adaptive: options.adaptiveAnalysis,
          smoothing: options.analysisSmoothing,
        },
      }),
    },
    ...(weightAverage && { weightAverage }),
    ...(options.earlyStop !== undefined && { earlyStop: { patience: options.earlyStop } }),
    seed: options.seed,
    physicalBatchSize: options.physicalBatchSize,
    ledger,
    persistLedger: async (current) => {
      if (needsWriting()) await folder.writeLedger(current);
    },
    callbacks: {
      onAnalysis({ epoch, released, smoothed, seconds }) {
        analysisSeconds += seconds;
        analyses.set(epoch, { released: plain(released), smoothed: plain(smoothed) });
        progress.analysis(smoothed, seconds);
      },
      async onEpochBegin({ epoch, assignment }) {
        progress.beginEpoch(assignment, layerNames);
        terminal.show(`Epoch ${epoch + 1}, its first step …`);
        const layers = Object.fromEntries(
          trainer.layers.map(({ name }) => [name, assignment.get(name) ?? 'float32']),
        );
        const impacts = analyses.get(epoch);
        await folder.appendRecord('schedule.jsonl', { epoch, layers, ...(impacts && { impacts }) });
      },
      onStepEnd({ step, epoch }) {
        progress.step(step + 1, epoch);
      },
      async onEpochEnd({ epoch, steps, validationAccuracy }) {
        await recordEpoch(epoch, steps, validationAccuracy);
        await saveState();
      },
    },
  });
  const analyses = new Map<number, object>();
  const layerNames = trainer.layers.map(({ name }) => name);
  if (checkpoint) {
    const { assignments, step } = checkpoint.position;
    trainer.restore(checkpoint.position);
    if (checkpoint.weightAverage) {
      weightAverage?.restore(checkpoint.weightAverage);
    }
    progress.beginEpoch(assignments.at(-1) ?? new Map(), layerNames);
    await folder.truncateRecords('schedule.jsonl', assignments.length);
    await folder.truncateRecords('metrics.jsonl', Math.floor(step / planned.stepsPerEpoch));
  } else {
    await saveState();
  }
  announce(
    {
      config,
      backend,
      guarantee,
      epsilonImported: before ? epsilonOf(nothing) : null,
      validationCount: validation.count,
      path: folder.path,
      resumed,
    },
    terminal,
  );

  const lost = () => plan.chargedSteps - trainer.position.step;
  if (resumed && lost() > 0) terminal.say(lostSteps(lost(), planned.steps));
  terminal.show(
    `Probing the model on made-up examples, then the first ${planned.analyses ? 'analysis' : 'step'} …`,
  );
  const { stopped, problem } = await runOrSave(trainer, signals, saveState);
  await saveState();
  const { position } = trainer;
  const program = builtInPolicies.has(options.policy) ? '' : `--policy ${options.policy} `;
  const toResume = `the state is saved. Continue with: dpquant train --resume ${program}--out ${folder.path}`;
  if (stopped === 'interrupted') {
    if (lost() > 0) terminal.say(lostSteps(lost(), planned.steps));
    terminal.say(`Interrupted after step ${position.step} of ${planned.steps}; ${toResume}`);
    return { stopped, summary: null };
  }
  weightAverage?.apply(trainableVariables(model));
  const isOver = stopped !== 'policy error';
  const { earlierRuns = [], includedRuns: includes = [] } = config.start;
  const trace = { run: ledger.run!, charged: eventCount(ledger), data: config.data, includes };
  const runs = [trace, ...earlierRuns];
  if (isOver) await saveModel(model, folder.modelPath, provenanceOf(runs));
  const reached = await accuracy(model, validation);
  const inEpoch = position.step % planned.stepsPerEpoch;
  if (stopped === 'privacy budget exhausted' && inEpoch > 0) {
    // The epoch that the lost steps are missing in has no end of its own.
    await recordEpoch(position.assignments.length - 1, position.step, reached);
  }
  const record = {
    layers: trainer.layers,
    assignments: position.assignments,
    otherFormat: options.otherFormat,
  };
  // What was charged is within the plan; if it were not, the ledger is right.
  const guaranteed = Math.max(epsilonOf(plan.totalEvent), spent());
  const isBounded = Number.isFinite(guaranteed);
  const ofSteps = epsilonOf(plan.eventOf({ steps: plan.steps, analyses: 0 }));
  const summary: RunSummary = {
    run: folder.path,
    backend: backend.name,
    guarantee: isBounded ? guarantee : 'none',
    epsilon: finiteOrNull(guaranteed),
    epsilonSpent: finiteOrNull(spent()),
    epsilonImported: finiteOrNull(before ? epsilonOf(nothing) : 0),
    delta: options.delta,
    epsilonTarget: epsilonTarget(options),
    accuracy: reached,
    quantizedFraction: quantizedFraction(record),
    theoreticalSpeedup: theoreticalSpeedup(record),
    seconds: progress.seconds,
    examplesPerSecond: progress.examplesPerSecond(position.step),
    steps: position.step,
    noiseMultiplier: plan.noiseMultiplierAt(0),
    analyses: {
      count: plan.chargedAnalyses,
      epsilon: finiteOrNull(guaranteed - ofSteps),
      seconds: analysisSeconds,
    },
    stopped,
  };
  // Whoever has a summary.json is at its end, and is not resumed.
  if (isOver) await folder.writeJson('summary.json', summary);
  conclude(summary, { lostSteps: lost(), plannedSteps: planned.steps }, terminal);
  if (problem) terminal.say(`${problem.message}; mend the policy, ${toResume}`);
  return { stopped, summary };
}

/** Releases nothing. */
const nothing = composed([]);

/** A run that diverges, or whose policy fails, keeps its state: that of the step before. */
async function runOrSave(
  trainer: DPTrainer,
  { atOnce, betweenSteps }: StopSignals,
  saveState: () => Promise<void>,
): Promise<{ stopped: StopReason; problem?: PolicyError }> {
  try {
    return await trainer.run({ signal: atOnce, stopBetweenSteps: betweenSteps });
  } catch (error) {
    if (error instanceof PolicyError) return { stopped: 'policy error', problem: error };
    if (error instanceof DivergenceError) await saveState();
    throw error;
  }
}

/** The goal of a run that has one. */
function epsilonTarget({ privacy, noiseMultiplier, epsilon }: TrainOptions): number | null {
  return privacy && noiseMultiplier === undefined ? epsilon : null;
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function plain(impacts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries(impacts);
}
