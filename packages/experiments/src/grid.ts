import { settingsKey, type Settings } from './settings.ts';

/** Choices that exclude each other, as one value each of the same setting. */
export type Axis = readonly Settings[];

/**
 * All combinations of a choice of each axis, the last axis changing fastest.
 *
 * @param effective what is left of a combination: without the settings that the others make
 *   pointless, as a format where no layer is quantized
 * @returns each of what is left once
 */
export function product(
  axes: readonly Axis[],
  effective: (settings: Settings) => Settings = (settings) => settings,
): Settings[] {
  const combinations = axes.reduce<Settings[]>(
    (found, axis) => found.flatMap((before) => axis.map((choice) => ({ ...before, ...choice }))),
    [{}],
  );
  return unique(combinations.map(effective));
}

/** The first of each that are the same. */
export function unique(rows: readonly Settings[]): Settings[] {
  return [...new Map(rows.toReversed().map((row) => [settingsKey(row), row])).values()].reverse();
}
