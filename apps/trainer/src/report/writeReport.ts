import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RunStoreError } from '@dpquant/training';
import { reportedComparison } from './reportedComparison.ts';
import { reportedRun } from './reportedRun.ts';
import { UsageError } from '../flags/usageError.ts';

/** What kind of folder it is: of a run or of a comparison. */
export type ReportKind = 'run' | 'comparison';

/** @throws UsageError for a folder that holds neither */
export function reportKind(folder: string): ReportKind {
  if (existsSync(join(folder, 'comparison.json'))) return 'comparison';
  if (existsSync(join(folder, 'config.json'))) return 'run';
  throw new UsageError(
    `${folder}: there is no run (no config.json) and no comparison (no comparison.json); name a folder that ` +
      'dpquant train or dpquant compare has written',
  );
}

/**
 * Makes the page of a run or a comparison from what is in its folder, and writes it there as
 * `report.html` in place of an earlier one.
 *
 * @returns path of the page
 * @throws UsageError for a folder that holds neither
 * @throws RunStoreError where a file cannot be read, or the page not be written
 */
export async function writeReport(folder: string): Promise<string> {
  const page = await pageOf(folder);
  const path = join(folder, 'report.html');
  // Renamed into place, so that a reader sees the old page or the new one, never a part.
  const temporary = `${path}.tmp`;
  try {
    await writeFile(temporary, page);
    await rename(temporary, path);
  } catch (error) {
    // Another process that made the page at the same time has put it in its place.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && existsSync(path)) return path;
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new RunStoreError(`${path}: cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return path;
}

async function pageOf(folder: string): Promise<string> {
  const kind = reportKind(folder);
  // Loaded on demand: the charts take a third of a second to load.
  const { comparisonPage, runPage } = await import('@dpquant/report');
  if (kind === 'run') return runPage(await reportedRun(folder));
  const { record, runs } = await reportedComparison(folder);
  return comparisonPage(record, runs);
}
