import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { startBackend, stopBackends } from '@dpquant/backends';
import { subset, type Dataset } from '@dpquant/data';
import { medianOf, speedupsInTurns } from '@dpquant/experiments';
import { trainableValueCount, type ModelLoss } from '@dpquant/gradients';
import { TrainingPlan } from '@dpquant/mechanisms';
import { fixedPolicy, parseSchedule, type LayerAssignment } from '@dpquant/scheduling';
import { defaultPhysicalBatchSize, lossOf, stepSeconds } from '@dpquant/training';
import { clippingRuleOf } from '../flags/clippingRules.ts';
import type { TrainOptions } from '../flags/computingOptions.ts';
import { optimizerOf } from '../flags/optimizers.ts';
import { runConfigIn } from '../run/readRunRecords.ts';
import { splitData } from '../run/runPlan.ts';
import type { RunConfig } from '../run/runRecords.ts';
import { startingModel } from '../models/startingModel.ts';
import { loadTask } from '../flags/tasks.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { combinedSpeedup, timedParts, type TimedPart } from './timedParts.ts';

/** A row whose runs have ended. */
export interface TimedRow {
  readonly row: string;
  /** Folders of its finished runs. */
  readonly folders: readonly string[];
}

interface PreparedRow {
  readonly options: RunConfig['options'];
  readonly model: LayersModel;
  readonly loss: ModelLoss;
  readonly examples: Dataset;
  readonly parts: readonly TimedPart[];
}

const turns = 5;
/** Steps of a turn that count. */
const steps = 2;
/** Seconds that a step may take: batches are made smaller, in whole physical batches. */
const longestStep = 4;

/**
 * How much faster whole private steps of each row are than those of the first, on one thread of
 * this process, in turns. The examples are public ones: nothing is released of the private ones. In
 * each turn the layers are in the formats of a decision in the middle of another run of the row;
 * steps without layers in low precision are timed apart, and count as many as they are.
 *
 * @returns by name; without rows that another backend computes
 */
export async function measuredSpeedups(
  rows: readonly TimedRow[],
  load: (options: TrainOptions) => Promise<Dataset>,
  terminal: Terminal,
  signal?: AbortSignal,
): Promise<Map<string, number>> {
  const [first] = rows;
  const reference = first && runConfigIn(first.folders[0]!);
  if (!reference) return new Map();
  const { backend, products } = reference.options;
  await startBackend(backend, { threads: 1, products });
  const prepared = new Map<string, PreparedRow>();
  try {
    for (const timed of rows) {
      try {
        const row = await prepareRow(timed, load);
        const isSame = row.options.backend === backend && row.options.products === products;
        if (isSame) prepared.set(timed.row, row);
        else row.model.dispose();
      } catch (error) {
        terminal.say(`warning: ${timed.row} is not timed: ${(error as Error).message}`);
        if (timed === first) return new Map();
      }
    }
    const size = await batchSizeOf(prepared.get(first.row)!);
    const timed = [...prepared].flatMap(([name, row]) =>
      row.parts.map((part, i) => ({ key: `${name} ${i}`, name, row, part, turn: 0 })),
    );
    const byKey = new Map(timed.map((one) => [one.key, one]));
    const rateOf = async (key: string) => {
      const one = byKey.get(key)!;
      const turn = one.turn++;
      terminal.show(`Timing steps, turn ${turn + 1} of ${turns}: ${one.name} …`);
      const { assignments } = one.part;
      return rateIn(one.row, assignments[turn % assignments.length]!, size);
    };
    const speeds = await speedupsInTurns([...byKey.keys()], rateOf, {
      turns,
      ...(signal && { signal }),
    });
    if (speeds.size === 0) return new Map();
    const partsOf = (name: string) =>
      timed
        .filter((one) => one.name === name)
        .map(({ key, part: { share } }) => ({ share, speed: speeds.get(key)! }));
    const baseline = partsOf(first.row);
    return new Map(
      [...prepared.keys()].map((name) => [name, combinedSpeedup(partsOf(name), baseline)]),
    );
  } finally {
    for (const { model } of prepared.values()) model.dispose();
    stopBackends();
  }
}

async function prepareRow(
  { row, folders }: TimedRow,
  load: (options: TrainOptions) => Promise<Dataset>,
): Promise<PreparedRow> {
  const config = runConfigIn(folders[0]!);
  if (!config) throw new Error(`${row}: there is no config.json`);
  const { options } = config;
  const { validation, training } = splitData(await load(options), options);
  const { model } = await startingModel(options, training);
  const { steps, stepsPerEpoch } = config.plan;
  const runs = folders.map((folder) => {
    const file = join(folder, 'schedule.jsonl');
    const { assignments: decisions } = parseSchedule(readFileSync(file, 'utf8'), file);
    return { decisions, interval: options.scheduleInterval ?? stepsPerEpoch, steps };
  });
  const parts = timedParts(runs, options.format);
  const loss = lossOf(model, await loadTask(options));
  return { options, model, loss, examples: validation, parts };
}

/** As many examples as a run's step has, unless that takes too long. */
async function batchSizeOf(row: PreparedRow): Promise<(options: TrainOptions) => number> {
  const { batchSize, physicalBatchSize: given } = row.options;
  const draw = { unitCount: batchSize, sampleRate: 1 };
  const physicalBatchSize = given ?? defaultPhysicalBatchSize(row.model, draw);
  const assignment = row.parts[0]!.assignments[0]!;
  const seconds = physicalBatchSize / (await rateIn(row, assignment, () => physicalBatchSize));
  const batches = Math.max(1, Math.floor(longestStep / seconds));
  return ({ batchSize }) => Math.min(batchSize, batches * physicalBatchSize);
}

/** Privacy units a second, by the median step. */
async function rateIn(
  { options, model, loss, examples }: PreparedRow,
  assignment: LayerAssignment,
  sizeOf: (options: TrainOptions) => number,
): Promise<number> {
  const count = Math.min(sizeOf(options), examples.count);
  const training = subset(
    examples,
    Array.from({ length: count }, (_, row) => row),
  );
  const unitCount = training.privacyUnits.count;
  const { privacy, clipNorm, clipping, quantile } = options;
  const plan = new TrainingPlan({
    // All examples in every step, so that all do the same work.
    ...{ unitCount, sampleRate: 1, steps: steps + 1, stepsPerEpoch: steps + 1 },
    valueCount: trainableValueCount(model),
    ...(privacy
      ? { noiseMultiplier: 1, clipNorm }
      : { noiseMultiplier: 0, clipNorm: null, guarantee: 'none' }),
    ...(clipping === 'quantile' && { quantileClipping: { quantile } }),
  });
  const { steps: seconds } = await stepSeconds({
    ...{ model, training, plan, loss },
    // The learning rate does not change the work; a small one keeps the weights near their start.
    optimizer: optimizerOf({ ...options, learningRate: 1e-6, warmupSteps: 0 }, steps + 1),
    clipping: privacy ? clippingRuleOf(clipping) : 'none',
    rowsPerUnit: options.views,
    schedule: {
      policy: fixedPolicy({ assignments: [assignment] }),
      format: options.format,
      otherFormat: options.otherFormat,
      budget: { quantizedFraction: 1 },
    },
    physicalBatchSize: options.physicalBatchSize,
    seed: options.seed,
  });
  return unitCount / medianOf(seconds);
}
