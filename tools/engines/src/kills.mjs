import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { rankProcesses, runAlone, runRanks, startRanks } from './processes.mjs';
import { outcomeOf, tableRun, writeTable } from './table.mjs';

// `node tools/engines/src/kills.mjs [times]`: kills a random rank of a run at random moments, each
// time going on with another number of ranks. The ledger never shows less than before, nor less
// than the steps that are in the weights, and the end is that of a run that nobody disturbed.

const times = Number(process.argv[2] ?? 20);
const steps = 60 * times;
const folder = mkdtempSync(join(tmpdir(), 'dpquant-kills-'));
const path = (name) => join(folder, name);
writeTable(path('table.csv'));
const run = [...tableRun('table.csv', steps), '--policy', 'full'];

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** Steps that the ledger shows. */
const charged = () =>
  existsSync(path('run/ledger.json'))
    ? readJson(path('run/ledger.json')).entries.reduce((sum, { count }) => sum + count, 0)
    : 0;

/** Steps that have left something: those of the weights that are saved. */
const released = () =>
  existsSync(path('run/checkpoint/state.json'))
    ? readJson(path('run/checkpoint/state.json')).step
    : 0;

function require(condition, problem) {
  if (condition) return;
  console.error(`failed: ${problem}; the run is in ${folder}`);
  process.exit(1);
}

/** Waits until more is charged. */
async function moreThan(count, end) {
  while (charged() <= count) {
    const over = await Promise.race([setTimeout(20), end]);
    if (over) return over;
  }
  return null;
}

let before = 0;
let isBegun = false;
for (let kill = 1; kill <= times; kill++) {
  const ranks = 1 + ((kill + Math.floor(Math.random() * 2)) % 4);
  const resume = isBegun ? ['train', '--resume'] : run;
  const args = [...resume, '--distributed', 'mpi', '--out', 'run'];
  const { child, end } = startRanks([[ranks, args]], { cwd: folder });
  const early = await moreThan(before, end);
  require(early === null, `the run has ended before it was killed:\n${early?.text}`);
  isBegun = true;
  await setTimeout(Math.random() * 1500);
  const processes = rankProcesses(child.pid);
  const victim = Math.floor(Math.random() * ranks);
  if (processes[victim]) process.kill(processes[victim], 'SIGKILL');
  const { code } = await end;
  const [now, inWeights] = [charged(), released()];
  console.log(
    `${kill}: rank ${victim} of ${ranks} killed, exit code ${code}; ${now} steps charged, ${inWeights} in the weights`,
  );
  require(now >= before && now >= inWeights, `${now} steps charged, ${before} before`);
  before = now;
}
const last = await runRanks([[2, ['train', '--resume', '--distributed', 'mpi', '--out', 'run']]], {
  cwd: folder,
});
require(last.code === 0, last.text);
const { code, text } = await runAlone([...run, '--out', 'whole'], folder);
require(code === 0, text);
const [found, expected] = [outcomeOf(path('run')), outcomeOf(path('whole'))];
for (const name of Object.keys(expected)) {
  require(found[name] === expected[name], `another ${name} than undisturbed`);
}
console.log(`${times} kills; weights, ledger and schedule are those of a run without any`);
rmSync(folder, { recursive: true });
