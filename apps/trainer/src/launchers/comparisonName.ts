import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../flags/usageError.ts';

/** Holds the name by which a cluster knows the comparison in its folder. */
const file = 'jobs.json';

/**
 * The name of the comparison in a folder, with which the names of its jobs begin. Whoever goes on
 * with the comparison finds its jobs by it; a folder that is made anew has another one.
 *
 * @throws UsageError where its file is damaged
 */
export function comparisonName(folder: string): string {
  const path = join(folder, file);
  if (existsSync(path)) return nameIn(path);
  const comparison = `dpquant-${randomBytes(4).toString('hex')}`;
  writeFileSync(`${path}.new`, `${JSON.stringify({ comparison })}\n`);
  renameSync(`${path}.new`, path);
  return comparison;
}

function nameIn(path: string): string {
  let name: unknown;
  try {
    ({ comparison: name } = JSON.parse(readFileSync(path, 'utf8')) as { comparison?: unknown });
  } catch {
    // Said below.
  }
  if (typeof name === 'string' && /^[\w-]+$/.test(name)) return name;
  throw new UsageError(
    `${path}: is damaged, so that jobs that may be under way are not known; restore it, or stop them in Ray and delete it`,
  );
}
