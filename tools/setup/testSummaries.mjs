import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from './install.mjs';

/**
 * The file that `tools/jest-preset/summaryReporter.cjs` leaves in a project, and that nx caches.
 */
const summaryFile = '.test-summary.json';

/** Folders of the workspace's projects that have a `test` script. */
export function projectsWithTests() {
  const { workspaces } = readJson(join(workspaceRoot, 'package.json'));
  return workspaces
    .map((pattern) => pattern.replace(/\/\*$/, ''))
    .filter((parent) => existsSync(join(workspaceRoot, parent)))
    .flatMap((parent) => readdirSync(join(workspaceRoot, parent)).map((name) => join(parent, name)))
    .filter((project) => {
      const manifest = join(workspaceRoot, project, 'package.json');
      return existsSync(manifest) && readJson(manifest).scripts?.test !== undefined;
    });
}

/** Removes what earlier runs left, so that only this run is counted. */
export function removeSummaries(projects) {
  for (const project of projects)
    rmSync(join(workspaceRoot, project, summaryFile), { force: true });
}

/** Sums the counts over the projects, and names those that left none. */
export function sumSummaries(projects) {
  const sum = { passed: 0, failed: 0, skipped: 0, missing: [] };
  for (const project of projects) {
    const file = join(workspaceRoot, project, summaryFile);
    if (!existsSync(file)) {
      sum.missing.push(project);
      continue;
    }
    const { passed, failed, skipped } = readJson(file);
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += skipped;
  }
  return sum;
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
