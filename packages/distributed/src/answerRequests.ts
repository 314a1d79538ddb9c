import type * as tfl from '@tensorflow/tfjs-layers';
import type { Communicator } from './communicator.ts';
import { weightsBuffer, writeWeights, type WeightsPart } from './modelWeights.ts';
import { answerOf, computeOwnPart, type PartSetting } from './ownPart.ts';
import { pack } from './packed.ts';
import type { RankRequest } from './rankMessages.ts';
import { joinedSums } from './requestParts.ts';
import { nextOrder } from './settingOfRun.ts';

/** What a rank other than 0 needs to compute its parts. */
export interface AnsweringOptions extends Omit<PartSetting, 'rank'> {
  /** The model of `source`: it gets the weights of rank 0's. */
  readonly model: tfl.LayersModel;
  /** Seconds without a request after which rank 0 is given up. Default: no limit. */
  readonly limitSeconds?: number | undefined;
}

/**
 * The work of a rank other than 0, from the setting of the run on: computes its part of every
 * request of rank 0, until that says that the run is over.
 *
 * A request that cannot be answered is reported to rank 0, which then ends the run.
 *
 * @throws SilentRanksError where rank 0 has asked for nothing for too long
 */
export async function answerRequests(
  communicator: Communicator,
  { source, model, physicalBatchSize, limitSeconds }: AnsweringOptions,
): Promise<void> {
  const { rank } = communicator;
  const waiting = { limitSeconds };
  const buffers = new Map<WeightsPart, Float32Array>();
  const receiveWeights = async (part: WeightsPart) => {
    const buffer = buffers.get(part) ?? weightsBuffer(model, part);
    // The whole model is handed over once.
    if (part === 'trainable') buffers.set(part, buffer);
    await communicator.broadcastValues(buffer);
    writeWeights(model, part, buffer);
  };
  const answer = async (asked: RankRequest) => {
    if (asked.kind !== 'probe' && asked.weights) await receiveWeights(asked.weights);
    const own = await answerOf(() => computeOwnPart(asked, { rank, source, physicalBatchSize }));
    await communicator.gather(pack(own.answer));
    return own.sums;
  };
  for (;;) {
    const order = await nextOrder(communicator, waiting);
    if (order.kind === 'end') return;
    if (order.kind === 'setting' || order.kind === 'add') throw outOfTurn(order.kind);
    const sums = await answer(order);
    if (order.kind !== 'sum') continue;
    const next = await nextOrder(communicator, waiting);
    if (next.kind === 'end') return;
    if (next.kind !== 'add' || !sums) throw outOfTurn(next.kind);
    await communicator.reduce(joinedSums({ sums }, order.request));
  }
}

function outOfTurn(kind: string): Error {
  return new Error(
    `"${kind}" came out of turn; start all ranks with the same release of @dpquant/distributed`,
  );
}
