import { SourceError } from '@dpquant/training';

/** One rank, for messages. */
export interface RankPlace {
  readonly rank: number;
  readonly host: string;
}

/** A rank and its machine, in words. */
export function rankText({ rank, host }: RankPlace): string {
  return `rank ${rank} (host ${host})`;
}

/** What went wrong on another rank; the message begins with its number and host. */
export class RankError extends SourceError {
  override name = 'RankError';
  readonly ranks: readonly number[];

  constructor(places: readonly RankPlace[], problem: string) {
    super(`${places.map(rankText).join(', ')}: ${problem}`);
    this.ranks = places.map(({ rank }) => rank);
  }
}
