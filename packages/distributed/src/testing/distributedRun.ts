import type { Dataset } from '@dpquant/data';
import { localSource, type GradientSource } from '@dpquant/training';
import { answerRequests } from '../answerRequests.ts';
import { DistributedSource } from '../distributedSource.ts';
import type { Communicator } from '../communicator.ts';
import {
  agreeOnSetting,
  giveOrder,
  nextOrder,
  tellFacts,
  type RankFacts,
  type RankMember,
} from '../settingOfRun.ts';
import { fakeCommunicators } from './fakeCommunicators.ts';
import { lines, linesLoss, linesModel, linesTrainer, weightsOf, type Changes } from './lines.ts';

/** What other ranks do otherwise than they should. */
export interface Misdeeds {
  /** Facts of a rank, of those that it should have. */
  readonly facts?: (rank: number) => Partial<RankFacts>;
  /** What a rank computes with, of what it should. */
  readonly source?: (rank: number, local: GradientSource) => GradientSource;
}

export interface RanksOptions {
  readonly physicalBatchSize?: number;
  readonly limitSeconds?: number;
  readonly frozen?: boolean;
  readonly training?: () => Dataset;
}

async function agreed(communicator: Communicator, facts: RankFacts): Promise<RankMember[]> {
  try {
    await giveOrder(communicator, { kind: 'setting', setting: { seed: 3 } });
    return await agreeOnSetting(communicator, facts);
  } catch (error) {
    await giveOrder(communicator, { kind: 'end' });
    throw error;
  }
}

/** A run on fake ranks, each with a data set and a model of its own. */
export async function distributedRun(
  size: number,
  changes: Changes,
  { physicalBatchSize = 8, limitSeconds, frozen = false, training = lines }: RanksOptions = {},
  { facts, source: changed }: Misdeeds = {},
) {
  const { ranks, traffic } = fakeCommunicators(size);
  const factsOf = (rank: number): RankFacts => ({
    ...{ host: `host${rank}`, device: 'cpu', facts: { dpquant: '1' } },
    fingerprints: { data: 'lines' },
    ...facts?.(rank),
  });
  const partOf = (rank: number, model = linesModel(10 + rank, !frozen)) => {
    const local = localSource({ model, training: training(), loss: linesLoss });
    return { model, source: changed?.(rank, local) ?? local };
  };
  const others = ranks.slice(1).map(async (communicator) => {
    const { rank } = communicator;
    const order = await nextOrder(communicator);
    if (order.kind !== 'setting') return;
    await tellFacts(communicator, factsOf(rank));
    await answerRequests(communicator, { ...partOf(rank), physicalBatchSize });
  });
  const [communicator] = ranks as [(typeof ranks)[0]];
  const model = linesModel(1, !frozen);
  const work = async () => {
    const members = await agreed(communicator, factsOf(0));
    const part = partOf(0, model);
    const given = { communicator, members, physicalBatchSize, limitSeconds, ...part };
    const source = new DistributedSource(given);
    try {
      const run = linesTrainer({ ...changes, model, training: training(), source });
      return { ...(await run.trainer.run()), ledger: run.ledger.toJSON(), source };
    } finally {
      await source.end(1);
    }
  };
  const [done] = await Promise.allSettled([work()]);
  // Of a job that was aborted, nobody is waited for.
  if (traffic.aborted === null) await Promise.all(others);
  else void Promise.allSettled(others);
  if (done.status === 'rejected') throw done.reason;
  const { source, ...outcome } = done.value;
  return { ...outcome, weights: weightsOf(model), source, traffic };
}
