import type { Settings } from './settings.ts';

/** One combination of settings, which runs once per seed. */
export interface Row {
  /** Unique, for file names: `loss-aware-0.75-luq-fp4`. */
  readonly row: string;
  /** Readable name: the settings that differ from other rows. */
  readonly label: string;
  /** The settings that not all rows share. */
  readonly settings: Settings;
}

/** One run of a comparison. */
export interface Cell {
  /** Name of its folder under `runs/`. */
  readonly cell: string;
  readonly row: string;
  readonly seed: number;
  /** Number of the random subset of layers, from 1, for rows with several. */
  readonly subset?: number;
}

/** How often each row is run. */
export interface Repetitions {
  readonly seeds: readonly number[];
  /** Number of random subsets of layers per seed of a row; 1 for rows that draw none. */
  readonly subsetsOf?: (row: Row) => number;
}

/** The runs of all rows, ordered by seed, so that pairs are complete early. */
export function cellsOf(rows: readonly Row[], { seeds, subsetsOf = () => 1 }: Repetitions): Cell[] {
  return seeds.flatMap((seed) =>
    rows.flatMap((row) => {
      const count = subsetsOf(row);
      return Array.from({ length: count }, (_, index): Cell => {
        // The first subset's name does not change when subsets are added.
        const end = index === 0 ? '' : `-subset${index + 1}`;
        return {
          cell: `${row.row}-seed${seed}${end}`,
          row: row.row,
          seed,
          ...(count > 1 && { subset: index + 1 }),
        };
      });
    }),
  );
}
