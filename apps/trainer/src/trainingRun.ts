import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { composed, createAccountant, PrivacyLedger, type PrivacyEvent } from '@dpquant/accounting';
import { startBackend, type StartedBackend } from '@dpquant/backends';
import type { Split } from '@dpquant/data';
import { checkLoss, softmaxCrossEntropy, trainableVariables } from '@dpquant/gradients';
import { noClipping } from '@dpquant/mechanisms';
import {
  builtInPolicies,
  defaultFormatSpeedups,
  quantizedFraction,
  theoreticalSpeedup,
  type ComputeBudget,
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
  RunFolder,
  saveCheckpoint,
  saveModel,
} from '@dpquant/training/node';
import { clippingRule } from './clippingRules.ts';
import type { TrainOptions } from './computingOptions.ts';
import { checkData, sayWarnings } from './dataChecks.ts';
import { dataRecord, hasSamePublicPart } from './dataIdentity.ts';
import { loadDataSet } from './dataSets.ts';
import { epsilonText } from './epsilonText.ts';
import { firstLedger, importedEvent, spentBefore } from './initLedger.ts';
import { withAbsolutePaths } from './optionPaths.ts';
import { optimizerOf } from './optimizers.ts';
import { loadPolicy } from './policies.ts';
import { requireUsablePolicy } from './policyAnswers.ts';
import { Progress } from './progress.ts';
import { provenanceOf } from './provenance.ts';
import { backendRecord, startBackendOf } from './runBackend.ts';
import {
  folderMark,
  isOwnFolder,
  requirePlanned,
  runFingerprint,
  settingsOf,
} from './runIdentity.ts';
import { announce, conclude, lostSteps } from './runMessages.ts';
import { estimatorOf, planRun, restorePlan, splitData, withSpent } from './runPlan.ts';
import type { RunConfig, RunSummary, StopReason } from './runRecords.ts';
import { warnOfPrivateSchedule } from './scheduleOrigin.ts';
import { resumedModel, startingModel } from './startingModel.ts';
import type { StopSignals } from './stopSignals.ts';
import type { Terminal } from './terminal.ts';
import { asUsage, UsageError } from './usageError.ts';

/** Why and with what a run ended. */
export interface RunOutcome {
  readonly stopped: StopReason;
  /** Null if the run was interrupted. */
  readonly summary: RunSummary | null;
}

const notBegun: RunOutcome = { stopped: 'interrupted', summary: null };

/** Starts a new run in `out`. */
export async function startRun(
  given: TrainOptions,
  out: string,
  force: boolean,
  terminal: Terminal,
  signals: StopSignals,
): Promise<RunOutcome> {
  const seed =
    given.seed ?? given.insecureSeed ?? globalThis.crypto.getRandomValues(new Uint32Array(1))[0]!;
  const chosen = withAbsolutePaths({ ...given, seed });
  terminal.show(`Reading ${given.data} …`);
  const dataset = await loadDataSet(chosen);
  // A table may name its unit in the file beside it.
  const { name: privacyUnit } = dataset.privacyUnits;
  const options = { ...chosen, ...(privacyUnit !== undefined && { privacyUnit }) };
  if (dataset.classesAreCounted) {
    terminal.say(
      `warning: the number of classes, ${dataset.classNames.length}, was counted from the private labels, ` +
        'outside the guarantee; give --class-count or --class-names',
    );
  }
  sayWarnings(dataset, terminal);
  const split = splitData(dataset, options);
  const { training, validation } = split;
  if (validation.count === 0) {
    throw new UsageError(
      `validation-fraction: ${options.validationFraction} of ${dataset.privacyUnits.count} leaves no public example, by which ` +
        'the accuracy is found and the data are known again; raise it',
    );
  }
  const policy = await loadPolicy(options);
  await warnOfPrivateSchedule(options, dataset, terminal);
  const spent = await spentBefore(options, { dataset, validation }, terminal);
  const before = importedEvent(firstLedger(options, spent));
  terminal.show('Finding the noise that the privacy goal takes …');
  const plan = planRun(options, training, policy.usesLossImpacts ?? false, before, terminal);
  checkSettings({ options, plan });
  terminal.show('Starting the backend and making the model …');
  const backend = await startBackend(options.backend, options);
  const { model, record } = await startingModel(options, training);
  asUsage(() => checkLoss(model, training.targetShape, softmaxCrossEntropy));
  requireUsablePolicy(policy, { options, plan, model, budget: budgetOf(options) });
  if (!(await checkData(dataset, model, terminal, signals.betweenSteps))) return notBegun;
  const data = await dataRecord(options, validation);
  if (force) warnOfReplacedLedger(out, options, terminal);
  const folder = await RunFolder.create(out, { force });
  try {
    const config: RunConfig = {
      // Two runs of one insecure seed are the same run.
      ...(options.insecureSeed === undefined && { id: globalThis.crypto.randomUUID() }),
      options,
      plan,
      start: {
        ...record,
        ...(spent.runs.length > 0 && { earlierRuns: spent.runs, includedRuns: spent.included }),
      },
      data,
      folder: folderMark(out),
      backend: backendRecord(backend),
      versions: versions(),
    };
    // In this order, so that whoever finds a run finds its ledger.
    await folder.writeLedger(firstLedger(options, spent, runFingerprint(config)));
    await folder.writeJson('config.json', config);
    const prepared = { config, split, folder, backend, model, resumed: false };
    return await carryOut(prepared, terminal, signals);
  } finally {
    await folder.close();
  }
}

/** Replacing a run does not give back what it spent; what the new one has imported is not lost. */
function warnOfReplacedLedger(
  path: string,
  { delta, initLedger }: Pick<TrainOptions, 'delta' | 'initLedger'>,
  terminal: Terminal,
): void {
  const file = join(path, 'ledger.json');
  const isRun = ['config.json', 'checkpoint', 'ledger.json'].some((name) =>
    existsSync(join(path, name)),
  );
  if (!isRun || (initLedger !== undefined && existsSync(file) && isSameFile(initLedger, file)))
    return;
  let spent: number;
  try {
    const ledger = PrivacyLedger.fromJSON(JSON.parse(readFileSync(file, 'utf8')));
    if (ledger.entries.length === 0) return;
    spent = ledger.epsilon(delta);
  } catch (error) {
    terminal.say(
      `warning: ${file} cannot be read (${(error as Error).message}): the run that is replaced has spent of the ` +
        'same data what nobody knows any more, and the ε of this one does not count it',
    );
    return;
  }
  terminal.say(
    `warning: the run in ${path} has spent ε = ${epsilonText(spent)} at δ = ${delta} of the ` +
      'same data; replacing it does not give that back, both runs together cost more than either',
  );
}

function isSameFile(one: string, other: string): boolean {
  return realpathSync.native(one) === realpathSync.native(other);
}

/** Refuses what cannot be trained before anything is written. */
function checkSettings(config: Pick<RunConfig, 'options' | 'plan'>): void {
  const { options, plan } = config;
  budgetOf(options);
  restorePlan(config, new PrivacyLedger());
  asUsage(() => optimizerOf(options, plan.steps));
}

/** Continues the interrupted run in a folder that is open for writing. */
export async function resumeRun(
  folder: RunFolder,
  config: RunConfig,
  terminal: Terminal,
  signals: StopSignals,
): Promise<RunOutcome> {
  if (await folder.isFinished()) {
    throw new UsageError(`resume: the run in ${folder.path} is finished; start a new one`);
  }
  if (!isOwnFolder(folder.path, config)) {
    terminal.say(
      `warning: ${folder.path} is not the folder that the run was started in, but a copy, or was moved; if the run goes on ` +
        'in another one as well, both spend, and the ε of one does not count the other',
    );
  }
  terminal.show(`Reading ${config.options.data} …`);
  const dataset = await loadDataSet(config.options);
  const split = splitData(dataset, config.options);
  const backend = await startBackendOf(config, terminal);
  const model = await resumedModel(config, split.training);
  if (!(await checkData(dataset, model, terminal, signals.betweenSteps))) return notBegun;
  if (!(await hasSamePublicPart(config.data, split.validation))) {
    throw new UsageError(
      `data: ${config.options.data} holds other examples than when the run began; restore the data, or start a new run`,
    );
  }
  const prepared = { config, split, folder, backend, model, resumed: true };
  return carryOut(prepared, terminal, signals);
}

/** All that a run needs to begin or go on. */
interface PreparedRun {
  readonly config: RunConfig;
  readonly split: Split;
  /** Open for writing. */
  readonly folder: RunFolder;
  readonly backend: StartedBackend;
  readonly model: LayersModel;
  readonly resumed: boolean;
}

async function carryOut(
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
    epochs: Math.ceil(planned.steps / planned.stepsPerEpoch),
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
    createAccountant(planned.accountant).compose(withSpent(before, event)).epsilon(options.delta);
  const spent = () => ledger.epsilon(options.delta, { accountant: planned.accountant });
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
    stepsPerEpoch: planned.stepsPerEpoch,
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
          interval: options.analysisInterval,
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
    noiseMultiplier: planned.noiseMultiplier,
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

/** How much of the network the flags want in low precision. */
function budgetOf(options: TrainOptions): ComputeBudget {
  const { quantizedFraction, quantizedLayers, lowPrecisionShare, targetSpeedup } = options;
  const given = [
    quantizedFraction !== undefined && { quantizedFraction },
    quantizedLayers !== undefined && { quantizedLayers },
    lowPrecisionShare !== undefined && { lowPrecisionShare },
    targetSpeedup !== undefined && { theoreticalSpeedup: targetSpeedup },
  ].filter((budget) => budget !== false);
  if (options.otherFormat === options.format && options.format !== 'float32') {
    throw new UsageError(
      `other-format: ${options.format} is the format already; choose another one`,
    );
  }
  return given[0] ?? { quantizedFraction: 0.75 };
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

function versions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const versionOf = (name: string) =>
    (require(`${name}/package.json`) as { version: string }).version;
  return {
    dpquant: versionOf('dpquant'),
    node: process.versions.node,
    tfjs: versionOf('@tensorflow/tfjs-core'),
  };
}
