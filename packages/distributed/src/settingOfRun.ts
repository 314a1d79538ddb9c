import type { Communicator, Waiting } from './communicator.ts';
import { pack, unpack } from './packed.ts';
import { RankError, type RankPlace } from './rankError.ts';
import type { RankOrder } from './rankMessages.ts';

/** What a rank tells of itself before the first request. */
export interface RankFacts {
  readonly host: string;
  /** What it computes on, in words. */
  readonly device: string;
  /** What has to be the same on all ranks, by name; shown where it differs. */
  readonly facts: Readonly<Record<string, string>>;
  /** The same of what nobody may see, as data or hashes of them: only that it differs is said. */
  readonly fingerprints: Readonly<Record<string, string>>;
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
 * Rank 0, which has told the others what the run is, holds against its own what they have found
 * themselves: versions, data, model.
 *
 * @returns all ranks in order
 * @throws RankError that names the first rank that differs, in what, and the remedy; no example was
 *   computed on then
 */
export async function agreeOnSetting(
  communicator: Communicator,
  own: RankFacts,
  waiting: Waiting = {},
): Promise<RankMember[]> {
  const all = (await communicator.gather(pack(own), waiting))!.map(
    (bytes) => unpack(bytes) as RankFacts,
  );
  const members = all.map(({ host, device }, rank) => ({ rank, host, device }));
  for (const [rank, found] of all.entries()) {
    const problem = found.error ?? differenceOf(found, own);
    if (problem !== null) throw new RankError([members[rank]!], problem);
  }
  return members;
}

/** What a rank has otherwise than rank 0; null where nothing. */
function differenceOf(theirs: RankFacts, own: RankFacts): string | null {
  const fact = differingName(theirs.facts, own.facts);
  if (fact !== undefined) {
    const [there, here] = [theirs, own].map(({ facts }) => facts[fact] ?? 'absent');
    return `${fact} is ${there}, on rank 0 it is ${here}; give all ranks the same`;
  }
  const hidden = differingName(theirs.fingerprints, own.fingerprints);
  return hidden === undefined
    ? null
    : `the ${hidden} differs from that of rank 0; give all ranks the same`;
}

function differingName(
  one: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): string | undefined {
  return [...new Set([...Object.keys(other), ...Object.keys(one)])].find(
    (name) => one[name] !== other[name],
  );
}

/** Another rank answers the setting of rank 0. */
export async function tellFacts(communicator: Communicator, own: RankFacts): Promise<void> {
  await communicator.gather(pack(own));
}
