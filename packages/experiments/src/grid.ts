import { settingsKey, type Settings } from './settings.ts';

/** Alternatives, for example several values of one setting. */
export type Axis = readonly Settings[];

/**
 * All combinations of one alternative per axis; the last axis changes fastest.
 *
 * @param effective removes from a combination the settings without effect, such as the format if no
 *   layer is quantized
 * @returns the distinct results of `effective`
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

/** Rows without repetitions, in the order of first occurrence. */
export function unique(rows: readonly Settings[]): Settings[] {
  return [...new Map(rows.toReversed().map((row) => [settingsKey(row), row])).values()].reverse();
}
