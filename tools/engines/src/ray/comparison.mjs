import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The command line, as it is built. */
const program = fileURLToPath(new URL('../../../../apps/trainer/bin/dpquant.js', import.meta.url));

/** Twelve small runs of the built-in digits, with reproducible noise. */
const settings = [
  ...['--validation-fraction', '0.98', '--batch-size', '50', '--steps', '24', '--model', 'mlp'],
  ...['--policies', 'full,static', '--seeds', '6', '--insecure-seeds', '--no-timing'],
];

/** A comparison in a folder, and the process that carries it out. */
export class Comparison {
  constructor(folder) {
    this.folder = folder;
    this.said = '';
  }

  start(...flags) {
    const args = [program, 'compare', ...settings, ...flags, '--out', this.folder];
    this.child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child.stderr.on('data', (text) => (this.said += String(text)));
    this.end = once(this.child, 'close').then(([exitCode]) => exitCode);
  }

  async finish() {
    const exitCode = await this.end;
    if (exitCode !== 0) throw new Error(`The comparison ended with ${exitCode}:\n${this.said}`);
  }

  cells() {
    const runs = join(this.folder, 'runs');
    if (!existsSync(runs)) return [];
    return readdirSync(runs).filter((name) => !name.endsWith('.log'));
  }

  folderOf(cell) {
    return join(this.folder, 'runs', cell);
  }

  finishedCount() {
    return this.cells().filter((cell) => existsSync(join(this.folderOf(cell), 'summary.json')))
      .length;
  }

  /** Steps that are charged; 0 before there is a ledger. */
  chargedSteps(cell) {
    const ledger = readIfThere(join(this.folderOf(cell), 'ledger.json'));
    return ledger === null ? 0 : stepsIn(JSON.parse(ledger));
  }

  /** Steps of which something is written. */
  releasedSteps(cell) {
    const lines = readIfThere(join(this.folderOf(cell), 'metrics.jsonl'))?.split('\n') ?? [];
    // A line that is being written ends the file.
    const last = lines.slice(0, -1).at(-1);
    return last === undefined ? 0 : JSON.parse(last).step;
  }

  /** All of the record that is no time and no place. */
  results() {
    const record = JSON.parse(readFileSync(join(this.folder, 'comparison.json'), 'utf8'));
    const withoutSeconds = (row) => ({ ...row, seconds: null });
    const { guarantee, composedEpsilon, seeds } = record;
    return {
      ...{ guarantee, composedEpsilon, seeds },
      table: record.table.map(withoutSeconds),
      runs: record.runs.map(withoutSeconds),
      charged: this.cells().map((cell) => `${cell} ${this.chargedSteps(cell)}`),
    };
  }
}

function stepsIn({ entries }) {
  return entries.reduce((sum, { count }) => sum + count, 0);
}

function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}
