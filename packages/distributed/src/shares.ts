/** What a new measurement leaves of the earlier ones. */
const kept = 0.5;

/**
 * Cuts units into one consecutive part for each rank, in proportion to their speeds; every rank
 * gets one at least, if there are as many.
 *
 * @param speeds one positive number for each rank
 * @returns where the part of each rank begins, and after the last one where it ends
 */
export function cutUnits(units: number, speeds: readonly number[]): number[] {
  const least = units >= speeds.length ? 1 : 0;
  const rest = units - least * speeds.length;
  const total = speeds.reduce((sum, speed) => sum + speed, 0);
  const cuts = [0];
  let before = 0;
  for (const [rank, speed] of speeds.entries()) {
    before += speed;
    // The last cut is at the end whatever the rounding of the sum.
    const isLast = rank === speeds.length - 1;
    const fair = isLast ? rest : Math.min(rest, Math.round((rest * before) / total));
    cuts.push(fair + least * (rank + 1));
  }
  return cuts;
}

/** How fast the ranks compute, as measured: the later a step, the more it counts. */
export class MeasuredSpeeds {
  readonly #units: number[];
  readonly #seconds: number[];

  constructor(ranks: number) {
    this.#units = Array<number>(ranks).fill(0);
    this.#seconds = Array<number>(ranks).fill(0);
  }

  /** A rank has computed so many units in so many seconds. */
  add(rank: number, units: number, seconds: number): void {
    // Of no units nothing is learned.
    if (units === 0 || !(seconds > 0)) return;
    this.#units[rank] = kept * this.#units[rank]! + units;
    this.#seconds[rank] = kept * this.#seconds[rank]! + seconds;
  }

  /** Units a second; ranks that are not measured yet are as fast as the others on average. */
  get speeds(): number[] {
    const known = this.#units.map((units, rank) => units / this.#seconds[rank]!);
    const measured = known.filter(Number.isFinite);
    const mean = measured.reduce((sum, speed) => sum + speed, 0) / measured.length;
    return known.map((speed) => (Number.isFinite(speed) ? speed : measured.length > 0 ? mean : 1));
  }

  /** Share of the examples that each rank gets; adds up to 1. */
  get shares(): number[] {
    const { speeds } = this;
    const total = speeds.reduce((sum, speed) => sum + speed, 0);
    return speeds.map((speed) => speed / total);
  }
}
