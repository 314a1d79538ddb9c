import { ensureInstalled, nxArguments, nxEnvironment, run } from './install.mjs';
import { projectsWithTests, removeSummaries, sumSummaries } from './testSummaries.mjs';

// `npm test`: installs what is missing, tests every project, and closes with the sum of the counts.

ensureInstalled();

const projects = projectsWithTests();
removeSummaries(projects);
const status = run(process.execPath, nxArguments('run-many', '-t', 'test', '--parallel=2'), {
  env: nxEnvironment,
});
const { passed, failed, skipped, missing } = sumSummaries(projects);

const problems = missing.map((project) => `${project}: its tests did not run to the end`);
if (passed + failed + skipped === 0) problems.push('no test ran');
if (status !== 0 && failed + problems.length === 0) {
  problems.push(`nx ended with exit code ${status}, though no test failed`);
}
for (const problem of problems) console.error(problem);

// What did not run to the end has failed, whatever else passed.
const allFailed = failed + problems.length;
console.log(`${passed} passed, ${allFailed} failed` + (skipped > 0 ? `, ${skipped} skipped` : ''));
process.exitCode = allFailed > 0 ? 1 : 0;
