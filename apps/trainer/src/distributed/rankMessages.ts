import { rankText, type EngineTimes, type RankMember } from '@dpquant/distributed';
import { plural } from '../terminal/plural.ts';

/** So many ranks have a line of their own each. */
const mostLines = 16;

/** Who takes part, and, over several machines, who is trusted by that. */
export function rankLines(members: readonly RankMember[], engine: string): string[] {
  const hosts = [...new Set(members.map(({ host }) => host))];
  const devices = new Set(members.map(({ device }) => device));
  const head = `${plural(members.length, 'rank')} on ${plural(hosts.length, 'host')} by ${engine}`;
  const isAlike = devices.size === 1 && hosts.length === 1;
  const each = members.map((member) => `${rankText(member)}: ${member.device}`);
  const rest = members.length - mostLines;
  return [
    devices.size === 1 ? `${head}, each on ${members[0]!.device}` : head,
    ...(isAlike ? [] : each.slice(0, mostLines)),
    ...(isAlike || rest <= 0 ? [] : [`and ${plural(rest, 'more rank')}`]),
    ...backendNotes(members),
    ...(hosts.length > 1 ? [trustNotice(hosts)] : []),
  ];
}

/** Says which ranks compute on something else than most. */
function backendNotes(members: readonly RankMember[]): string[] {
  const backendOf = ({ device }: RankMember) => device.split(':')[0]!;
  const names = [...new Set(members.map(backendOf))];
  if (names.length === 1) return [];
  const counts = names.map((name) => {
    const ranks = members.filter((member) => backendOf(member) === name);
    return `${name} on ${ranks.length <= 4 ? ranks.map(rankText).join(', ') : plural(ranks.length, 'rank')}`;
  });
  return [
    `Note: the ranks compute on different backends (${counts.join('; ')}): the faster ones get more examples, and last ` +
      'places may depend on who gets which',
  ];
}

function trustNotice(hosts: readonly string[]): string {
  return (
    `Note: un-noised sums, and which examples are drawn, go between ${hosts.slice(0, 8).join(', ')}${hosts.length > 8 ? ', …' : ''} as they are, ` +
    'not encrypted by MPI: all these machines and the network between them are trusted with the examples; use a private ' +
    'network or a VPN'
  );
}

/**
 * The part of the examples that each rank gets, by speed, and what joining them took. How many
 * examples were drawn is not told.
 */
export function shareLine(
  members: readonly RankMember[],
  shares: readonly number[],
  { computing, waiting, engine }: EngineTimes,
): string {
  const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
  const each = members
    .slice(0, mostLines)
    .map(({ rank }) => `rank ${rank} ${percent(shares[rank]!)}`);
  const rest = members.length > mostLines ? ', …' : '';
  const total = computing + waiting + engine;
  return (
    `Shares of the examples: ${each.join(', ')}${rest} · of the time of steps and analyses the engine took ` +
    `${percent(engine / total)}, waiting for slower ranks ${percent(waiting / total)}`
  );
}
