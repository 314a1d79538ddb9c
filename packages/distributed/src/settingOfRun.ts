import type { Communicator, Waiting } from './communicator.ts';
import { pack, unpack } from './packed.ts';
import { RankError, type RankPlace } from './rankError.ts';
import type { RankOrder } from './rankMessages.ts';

/** What a rank tells of itself before the first request. */
export interface RankFacts {
  readonly host: string;
  /** What it computes on, in words. */
  readonly device: string;
  /** What has to be the same on all ranks, by name; private values only as hashes. */
  readonly facts: Readonly<Record<string, string>>;
  /** Why the rank cannot take part. */
  readonly error?: string;
}

/** A rank that takes part. */
export interface RankMember extends RankPlace {
  readonly device: string;
}

/** What rank 0 says next, on another rank. */
export async function nextOrder(
  communicator: Communicator,
  waiting: Waiting = {},
): Promise<RankOrder> {
  return unpack(await communicator.broadcast(null, waiting)) as RankOrder;
}

/** What rank 0 says to the others. */
export async function giveOrder(communicator: Communicator, order: RankOrder): Promise<void> {
  await communicator.broadcast(pack(order));
}

/**
 * Rank 0 tells the others what the run is, and holds against its own what they find themselves:
 * versions, data, model.
 *
 * @param setting plain data
 * @returns all ranks in order
 * @throws RankError that names the first rank that differs, in what, and the remedy; no example was
 *   computed on then
 */
export async function agreeOnSetting(
  communicator: Communicator,
  setting: unknown,
  own: RankFacts,
  waiting: Waiting = {},
): Promise<RankMember[]> {
  await giveOrder(communicator, { kind: 'setting', setting });
  const all = (await communicator.gather(pack(own), waiting))!.map(
    (bytes) => unpack(bytes) as RankFacts,
  );
  const members = all.map(({ host, device }, rank) => ({ rank, host, device }));
  for (const [rank, { error, facts }] of all.entries()) {
    if (error !== undefined) throw new RankError([members[rank]!], error);
    const name = [...new Set([...Object.keys(own.facts), ...Object.keys(facts)])].find(
      (each) => own.facts[each] !== facts[each],
    );
    if (name !== undefined) throw differing(members[rank]!, name, facts, own.facts);
  }
  return members;
}

function differing(
  member: RankMember,
  name: string,
  theirs: RankFacts['facts'],
  own: RankFacts['facts'],
): RankError {
  return new RankError(
    [member],
    `${name} is ${theirs[name] ?? 'absent'}, on rank 0 it is ${own[name] ?? 'absent'}; give all ranks the same`,
  );
}

/** Another rank answers the setting of rank 0. */
export async function tellFacts(communicator: Communicator, own: RankFacts): Promise<void> {
  await communicator.gather(pack(own));
}
