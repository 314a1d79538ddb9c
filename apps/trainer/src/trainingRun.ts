import { createRequire } from 'node:module';
import { join } from 'node:path';
import { calibrateNoiseMultiplier, PrivacyLedger } from '@dpquant/accounting';
import { startBackend, type StartedBackend } from '@dpquant/backends';
import { splitByHash, type Dataset } from '@dpquant/data';
import { softmaxCrossEntropy } from '@dpquant/gradients';
import { TrainingPlan, type PlanRandomState } from '@dpquant/mechanisms';
import {
  createPolicy,
  quantizedFraction,
  theoreticalSpeedup,
  type SchedulePolicy,
} from '@dpquant/scheduling';
import { DPTrainer, sgd, type TrainingResult } from '@dpquant/training';
import {
  loadCheckpoint,
  RunFolder,
  saveCheckpoint,
  saveModel,
  type RestoredCheckpoint,
} from '@dpquant/training/node';
import { accountantNames } from './accountantNames.ts';
import { loadDataSet } from './dataSets.ts';
import { buildModel } from './modelZoo.ts';
import { duration, Progress } from './progress.ts';
import type { Terminal } from './terminal.ts';
import type { TrainOptions } from './trainOptions.ts';
import { asUsage, UsageError } from './usageError.ts';

/** config.json of a run folder: enough to repeat or continue the run. */
export interface RunConfig {
  readonly options: TrainOptions & { readonly seed: number };
  /** What the privacy guarantee rests on; all of it public. */
  readonly plan: {
    readonly unitCount: number;
    readonly sampleRate: number;
    readonly noiseMultiplier: number;
    readonly clipNorm: number;
    readonly steps: number;
    readonly stepsPerEpoch: number;
    readonly accountant: string;
  };
  readonly versions: Readonly<Record<string, string>>;
}

/** summary.json of a run folder, and the answer of `train --json`. */
export interface RunSummary {
  readonly run: string;
  readonly backend: string;
  readonly guarantee: 'differential privacy' | 'none';
  /** ε of the whole plan: what the finished run guarantees. */
  readonly epsilon: number;
  readonly delta: number;
  readonly epsilonTarget: number;
  /** On the public validation part. */
  readonly accuracy: number;
  readonly quantizedFraction: number;
  readonly theoreticalSpeedup: number;
  readonly seconds: number;
  readonly examplesPerSecond: number;
  readonly steps: number;
  readonly noiseMultiplier: number;
  readonly stopped: TrainingResult['stopped'];
}

/** Why and with what a run ended. */
export interface RunOutcome {
  readonly stopped: TrainingResult['stopped'];
  /** Null if the run was interrupted. */
  readonly summary: RunSummary | null;
}

/** Starts a new run in `out`. */
export async function startRun(
  options: TrainOptions,
  out: string,
  force: boolean,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const seed =
    options.seed ??
    options.insecureSeed ??
    globalThis.crypto.getRandomValues(new Uint32Array(1))[0]!;
  const seeded = { ...options, seed };
  const dataset = await loadDataSet(options.data);
  const { training } = splitData(dataset, seeded);
  const config: RunConfig = {
    options: seeded,
    plan: planRun(seeded, training, terminal),
    versions: versions(),
  };
  const folder = await RunFolder.create(out, { force });
  await folder.writeJson('config.json', config);
  const ledger = new PrivacyLedger();
  await folder.writeLedger(ledger);
  return carryOut(config, dataset, folder, ledger, false, terminal, signal);
}

/** Continues the interrupted run in `out`. */
export async function resumeRun(
  folder: RunFolder,
  config: RunConfig,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<RunOutcome> {
  if (await folder.isFinished()) {
    throw new UsageError(`resume: the run in ${folder.path} is finished; start a new one`);
  }
  const ledger = await folder.readLedger();
  const dataset = await loadDataSet(config.options.data);
  return carryOut(config, dataset, folder, ledger, true, terminal, signal);
}

/** The private and the public part of a data set. */
export function splitData(
  dataset: Dataset,
  { validationFraction, seed }: { validationFraction: number; seed: number },
) {
  return asUsage(() => splitByHash(dataset, { validationFraction, seed }));
}

/** Fixes sample rate, steps and noise before anything of the data is looked at. */
function planRun(options: TrainOptions, training: Dataset, terminal: Terminal): RunConfig['plan'] {
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
  return { unitCount, sampleRate, noiseMultiplier, clipNorm, steps, stepsPerEpoch, accountant };
}

async function carryOut(
  config: RunConfig,
  dataset: Dataset,
  folder: RunFolder,
  ledger: PrivacyLedger,
  resumed: boolean,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const { options, plan: planned } = config;
  const { training, validation } = splitData(dataset, options);
  const backend = await startBackend(options.backend);
  const model = buildModel(options.model, {
    inputShape: training.inputShape as [number, number, number],
    classes: training.classNames.length,
    seed: options.seed,
  });
  const checkpoint = resumed ? await loadCheckpoint(folder.checkpointPath, model) : null;
  const plan = restorePlan(config, ledger, checkpoint?.random);
  const progress = new Progress(terminal, {
    epochs: options.epochs,
    steps: planned.steps,
    stepsPerEpoch: planned.stepsPerEpoch,
    firstStep: checkpoint?.position.step ?? 0,
    expectedBatchSize: plan.expectedBatchSize,
    epsilonTarget: options.epsilon,
  });
  const spent = () => ledger.epsilon(options.delta, { accountant: 'rdp' });
  let epsilon = resumed ? spent() : 0;
  let accuracy = NaN;
  const saveState = () =>
    saveCheckpoint(folder.checkpointPath, model, trainer.position, plan.randomState());

  const trainer = new DPTrainer({
    model,
    loss: softmaxCrossEntropy,
    training,
    validation,
    plan,
    stepsPerEpoch: planned.stepsPerEpoch,
    optimizer: sgd(options),
    schedule: {
      policy: restorePolicy(options.policy, checkpoint),
      format: options.format,
      quantizedFraction: options.quantizedFraction,
    },
    seed: options.seed,
    physicalBatchSize: options.physicalBatchSize,
    ledger,
    persistLedger: (current) => folder.writeLedger(current),
    callbacks: {
      async onEpochBegin({ epoch, assignment }) {
        progress.beginEpoch(assignment);
        const layers = Object.fromEntries(
          trainer.layers.map(({ name }) => [name, assignment.get(name) ?? 'float32']),
        );
        await folder.appendRecord('schedule.jsonl', { epoch, layers });
      },
      onStepEnd({ step, epoch }) {
        progress.step(step + 1, epoch, epsilon);
      },
      async onEpochEnd({ epoch, steps, validationAccuracy }) {
        epsilon = spent();
        accuracy = validationAccuracy ?? NaN;
        progress.endEpoch(steps, epoch, epsilon, validationAccuracy);
        await folder.appendRecord('metrics.jsonl', {
          epoch,
          step: steps,
          epsilon,
          delta: options.delta,
          validationAccuracy,
          seconds: progress.seconds,
        });
        await saveState();
      },
    },
  });
  if (checkpoint) {
    trainer.restore(checkpoint.position);
    const { assignments, step } = checkpoint.position;
    progress.beginEpoch(assignments.at(-1) ?? new Map());
    await folder.truncateRecords('schedule.jsonl', assignments.length);
    await folder.truncateRecords('metrics.jsonl', Math.floor(step / planned.stepsPerEpoch));
  }
  announce(config, backend, plan, validation, folder, resumed, terminal);

  const result = await trainer.run({ signal });
  if (result.stopped === 'interrupted') {
    await saveState();
    terminal.say(
      `Interrupted after step ${result.position.step} of ${planned.steps}; the state is saved. ` +
        `Continue with: dpquant train --resume --out ${folder.path}`,
    );
    return { stopped: result.stopped, summary: null };
  }
  await saveState();
  await saveModel(model, folder.modelPath);
  const record = { layers: result.layers, assignments: result.position.assignments };
  const summary: RunSummary = {
    run: folder.path,
    backend: backend.name,
    guarantee: plan.guarantee,
    epsilon: spent(),
    delta: options.delta,
    epsilonTarget: options.epsilon,
    accuracy,
    quantizedFraction: quantizedFraction(record),
    theoreticalSpeedup: theoreticalSpeedup(record),
    seconds: progress.seconds,
    examplesPerSecond: progress.examplesPerSecond(result.position.step),
    steps: result.position.step,
    noiseMultiplier: planned.noiseMultiplier,
    stopped: result.stopped,
  };
  await folder.writeJson('summary.json', summary);
  conclude(summary, terminal);
  return { stopped: result.stopped, summary };
}

/** The plan of a run, with what its ledger says was charged already. */
function restorePlan(
  { plan, options }: RunConfig,
  ledger: PrivacyLedger,
  random: PlanRandomState | undefined,
): TrainingPlan {
  return new TrainingPlan({
    unitCount: plan.unitCount,
    sampleRate: plan.sampleRate,
    noiseMultiplier: plan.noiseMultiplier,
    clipNorm: plan.clipNorm,
    steps: plan.steps,
    chargedSteps: ledger.entries.reduce((sum, { count }) => sum + count, 0),
    ...(options.insecureSeed !== undefined && { insecureSeed: options.insecureSeed }),
    ...(random && { randomState: random }),
  });
}

/** The static policy keeps the layers that it drew for the first epoch. */
function restorePolicy(name: string, checkpoint: RestoredCheckpoint | null): SchedulePolicy {
  const first = checkpoint?.position.assignments[0];
  return createPolicy(name, first ? { layers: [...first.keys()] } : {});
}

function announce(
  { options, plan: planned }: RunConfig,
  backend: StartedBackend,
  plan: TrainingPlan,
  validation: Dataset,
  folder: RunFolder,
  resumed: boolean,
  terminal: Terminal,
): void {
  const { bold } = terminal;
  for (const { name, reason } of backend.passedOver) {
    terminal.say(`backend ${name} was passed over: ${reason}`);
  }
  terminal.say(
    `${resumed ? 'Resuming' : 'Training'} ${bold(options.model)} on ${bold(options.data)}: ` +
      `${planned.unitCount} private examples, ${validation.count} public ones for validation`,
  );
  terminal.say(
    plan.guarantee === 'none'
      ? `${bold('No privacy guarantee')}: the noise is reproducible (--insecure-seed)`
      : `Goal: ε ≤ ${options.epsilon} at δ = ${options.delta}, one example added or removed; ` +
          `noise multiplier ${planned.noiseMultiplier.toFixed(3)}, ${planned.steps} steps of ` +
          `${options.batchSize} examples in expectation`,
  );
  terminal.say(
    `Policy ${options.policy}: ${Math.round(100 * options.quantizedFraction)} % of the layers in ` +
      `${options.format}, simulated · backend ${backend.name} (${backend.device})`,
  );
  terminal.say(`Writing ${folder.path} · Ctrl-C stops and saves`);
}

function conclude(summary: RunSummary, terminal: Terminal): void {
  const guarantee =
    summary.guarantee === 'none'
      ? 'no privacy guarantee (--insecure-seed)'
      : `ε = ${summary.epsilon.toFixed(3)} at δ = ${summary.delta}`;
  terminal.say(
    `${terminal.bold(summary.stopped === 'finished' ? 'Done' : 'Stopped: privacy budget exhausted')} ` +
      `in ${duration(summary.seconds)}: validation accuracy ${(100 * summary.accuracy).toFixed(2)} %, ` +
      `${guarantee}, ${Math.round(100 * summary.quantizedFraction)} % of the layers in low precision`,
  );
  terminal.say(`Model: ${join(summary.run, 'model')}`);
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
