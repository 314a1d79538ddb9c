import type { TrainSettings } from './messages.ts';

/** A run of this browser, as the page remembers it: its ledger and weights are in IndexedDB. */
export interface SavedRun {
  readonly name: string;
  readonly settings: TrainSettings;
  /** What the data were called; the data themselves are not kept. */
  readonly data: string;
  readonly isBuiltIn: boolean;
  readonly isFinished: boolean;
}

const key = 'dpquant-studio-runs';

/** The runs that the page remembers, the latest first. */
export function savedRuns(): SavedRun[] {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '[]') as SavedRun[];
  } catch {
    return [];
  }
}

/** Remembers a run, in place of what was known of it. */
export function saveRun(run: SavedRun): void {
  const others = savedRuns().filter(({ name }) => name !== run.name);
  localStorage.setItem(key, JSON.stringify([run, ...others]));
}

export function forgetRun(name: string): void {
  localStorage.setItem(key, JSON.stringify(savedRuns().filter((run) => run.name !== name)));
}
