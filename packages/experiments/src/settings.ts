/**
 * Settings of a run by the long name of their flag, without dashes; `--no-…` flags by the positive
 * name.
 */
export type Settings = Readonly<Record<string, string | number | boolean>>;

/** A text that is equal for equal settings. */
export function settingsKey(settings: Settings): string {
  return JSON.stringify(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)));
}
