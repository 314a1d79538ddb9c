/**
 * Settings of a run by the long name of their flag, without dashes; of `--no-…` the positive one.
 */
export type Settings = Readonly<Record<string, string | number | boolean>>;

/** A text that two settings share if they are the same. */
export function settingsKey(settings: Settings): string {
  return JSON.stringify(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)));
}
