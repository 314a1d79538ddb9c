import { hostname } from 'node:os';
import {
  answerRequests,
  nextOrder,
  rankText,
  tellFacts,
  type AnsweringOptions,
  type Communicator,
  type RankFacts,
} from '@dpquant/distributed';
import { localSource, lossOf } from '@dpquant/training';
import { checkData } from '../data/dataChecks.ts';
import { loadChosenData } from '../data/loadChosenData.ts';
import type { TrainOptions } from '../flags/computingOptions.ts';
import { absoluteOption } from '../flags/optionPaths.ts';
import { loadTask } from '../flags/tasks.ts';
import { resumedModel } from '../models/startingModel.ts';
import { startBackendOf } from '../run/runBackend.ts';
import { splitData } from '../run/runPlan.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { DataHash } from './dataHash.ts';
import { failedFacts, rankFacts, type RunSetting } from './runSetting.ts';

export interface FollowingRankOptions {
  readonly communicator: Communicator;
  readonly threads: number;
  /** Flags that were given, of which those of the machine are this rank's own. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly limitSeconds: number;
}

/** Rank 0 may do much between two steps: as long as so many limits. */
const patience = 10;

/** Says nothing: rank 0 says it. */
const silent: Terminal = {
  result: () => undefined,
  say: () => undefined,
  tellOwner: () => undefined,
  show: () => undefined,
  isInteractive: false,
  bold: (text) => text,
  faint: (text) => text,
};

/**
 * The work of a rank other than 0: reads the data and makes the model of rank 0's run, and computes
 * its parts until that is over. Signals are left to rank 0.
 *
 * @returns whether it has ended as it should; what went wrong is said
 */
export async function followRank(
  options: FollowingRankOptions,
  terminal: Terminal,
): Promise<boolean> {
  const { communicator, limitSeconds } = options;
  const ignore = () => undefined;
  process.on('SIGINT', ignore).on('SIGTERM', ignore);
  const waiting = { limitSeconds: patience * limitSeconds };
  try {
    const order = await nextOrder(communicator, waiting);
    if (order.kind === 'setting') {
      const { facts, answering } = await prepared(order.setting as RunSetting, options);
      await tellFacts(communicator, facts);
      if (answering) await answerRequests(communicator, { ...answering, ...waiting });
      else await nextOrder(communicator, waiting);
    }
    await communicator.close();
    return true;
  } catch (error) {
    const place = rankText({ rank: communicator.rank, host: hostname() });
    terminal.say(`dpquant: ${place}: ${(error as Error).message}`);
    communicator.abort(1);
    return false;
  } finally {
    process.off('SIGINT', ignore).off('SIGTERM', ignore);
  }
}

/** The data and the model of the run, or why they cannot be had here. */
async function prepared(
  setting: RunSetting,
  options: FollowingRankOptions,
): Promise<{ facts: RankFacts; answering: AnsweringOptions | null }> {
  try {
    return await partOf(setting, options);
  } catch (error) {
    return { facts: failedFacts(error as Error), answering: null };
  }
}

async function partOf(
  { config, key, physicalBatchSize }: RunSetting,
  { given, threads }: FollowingRankOptions,
): Promise<{ facts: RankFacts; answering: AnsweringOptions }> {
  const own = { ...config, options: withOwnMachine(config.options, given) };
  const dataset = await loadChosenData(own.options);
  const { training } = splitData(dataset, own.options);
  const backend = await startBackendOf(own, silent, threads);
  const model = await resumedModel(own, training);
  const task = await loadTask(own.options);
  const hash = new DataHash(key, dataset);
  const { signal } = new AbortController();
  await checkData(dataset, model, task, silent, signal, (batch) => hash.add(batch));
  const source = localSource({ model, training, loss: lossOf(model, task) });
  return {
    facts: rankFacts(model, backend, given, hash.digest()),
    answering: { source, model, physicalBatchSize },
  };
}

/** The options of the run, with where this rank is told to read and to compute. */
function withOwnMachine<T extends TrainOptions>(
  options: T,
  given: Readonly<Record<string, unknown>>,
): T {
  const { data, backend } = given as Partial<TrainOptions>;
  return {
    ...options,
    ...(data !== undefined && { data: absoluteOption('data', data) }),
    ...(backend !== undefined && { backend }),
  };
}
