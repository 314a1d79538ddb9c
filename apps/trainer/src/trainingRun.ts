import { createRequire } from 'node:module';
import { createAccountant, PrivacyLedger } from '@dpquant/accounting';
import { startBackend } from '@dpquant/backends';
import type { Dataset } from '@dpquant/data';
import { softmaxCrossEntropy } from '@dpquant/gradients';
import {
  createPolicy,
  quantizedFraction,
  theoreticalSpeedup,
  type SchedulePolicy,
} from '@dpquant/scheduling';
import { accuracy, DPTrainer, sgd, type TrainingResult } from '@dpquant/training';
import {
  loadCheckpoint,
  RunFolder,
  saveCheckpoint,
  saveModel,
  type RestoredCheckpoint,
} from '@dpquant/training/node';
import { clippingRule } from './clippingRules.ts';
import { loadDataSet } from './dataSets.ts';
import { buildModel } from './modelZoo.ts';
import { Progress } from './progress.ts';
import { announce, conclude } from './runMessages.ts';
import { planRun, restorePlan, splitData } from './runPlan.ts';
import type { RunConfig, RunSummary } from './runRecords.ts';
import type { Terminal } from './terminal.ts';
import type { TrainOptions } from './trainOptions.ts';
import { UsageError } from './usageError.ts';

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
  const plan = restorePlan(config, ledger, checkpoint?.plan);
  const progress = new Progress(terminal, {
    epochs: options.epochs,
    steps: planned.steps,
    stepsPerEpoch: planned.stepsPerEpoch,
    firstStep: checkpoint?.position.step ?? 0,
    expectedBatchSize: plan.expectedBatchSize,
    epsilonTarget: options.epsilon,
  });
  const spent = () => ledger.epsilon(options.delta, { accountant: planned.accountant });
  /** What will be spent when the epoch of the next step ends: while it runs, an upper bound. */
  const spentAfterEpoch = (step: number) => {
    const steps = planned.stepsPerEpoch - (step % planned.stepsPerEpoch);
    return createAccountant(planned.accountant)
      .compose(plan.eventOf({ steps: plan.chargedSteps + steps, analyses: plan.chargedAnalyses }))
      .epsilon(options.delta);
  };
  let epsilon = 0;
  const saveState = () =>
    saveCheckpoint(folder.checkpointPath, model, trainer.position, plan.state());

  const trainer = new DPTrainer({
    model,
    loss: softmaxCrossEntropy,
    training,
    validation,
    plan,
    stepsPerEpoch: planned.stepsPerEpoch,
    optimizer: sgd(options),
    clipping: clippingRule(options.clipping),
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
        epsilon = spentAfterEpoch(epoch * planned.stepsPerEpoch);
        const layers = Object.fromEntries(
          trainer.layers.map(({ name }) => [name, assignment.get(name) ?? 'float32']),
        );
        await folder.appendRecord('schedule.jsonl', { epoch, layers });
      },
      onStepEnd({ step, epoch }) {
        progress.step(step + 1, epoch, epsilon);
      },
      async onEpochEnd({ epoch, steps, validationAccuracy }) {
        const epsilon = spent();
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
    const { assignments, step } = checkpoint.position;
    if (plan.chargedSteps < step) {
      throw new Error(
        `${folder.path}: the ledger shows ${plan.chargedSteps} steps, the checkpoint has taken ${step}; ` +
          'the ledger is not the one of this run, restore it',
      );
    }
    trainer.restore(checkpoint.position);
    progress.beginEpoch(assignments.at(-1) ?? new Map());
    epsilon = spentAfterEpoch(step);
    await folder.truncateRecords('schedule.jsonl', assignments.length);
    await folder.truncateRecords('metrics.jsonl', Math.floor(step / planned.stepsPerEpoch));
  } else {
    await saveState();
  }
  announce(
    {
      config,
      backend,
      guarantee: plan.guarantee,
      validationCount: validation.count,
      path: folder.path,
      resumed,
    },
    terminal,
  );

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
    accuracy: await accuracy(model, validation),
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

/** The static policy keeps the layers that it drew for the first epoch. */
function restorePolicy(name: string, checkpoint: RestoredCheckpoint | null): SchedulePolicy {
  const first = checkpoint?.position.assignments[0];
  return createPolicy(name, first ? { layers: [...first.keys()] } : {});
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
