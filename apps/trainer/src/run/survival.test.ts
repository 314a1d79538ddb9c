import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, open, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PrivacyLedger, type LedgerFile } from '@dpquant/accounting';
import { runCommandLine } from '../commandLine.ts';
import type { RunConfig } from './runRecords.ts';
import { commandProcess } from '../testing/commandProcess.ts';

jest.setTimeout(60_000);

/** Runs a command in this process and returns what it wrote. */
async function dpquant(...args: string[]) {
  const err: string[] = [];
  const code = await runCommandLine(args, {
    result: () => undefined,
    say: (line) => err.push(line),
    tellOwner: (line) => err.push(line),
    show: () => undefined,
    isInteractive: false,
    bold: (text) => text,
    faint: (text) => text,
  });
  return { code, last: err.at(-1) };
}

/** Runs a command in a process of its own, from the sources. */
const dpquantProcess = (...args: string[]) => processOf(args, 'ignore');

function processOf(args: readonly string[], stdio: StdioOptions): ChildProcess {
  return spawn(process.execPath, commandProcess(...args), { stdio });
}

/** Two hundred private examples in sixteen steps of 50 in expectation, and no analyses. */
const shortRun = [
  ...['--validation-fraction', '0.98', '--batch-size', '50', '--epochs', '4'],
  ...['--policy', 'probabilistic'],
];

let folder: string;
let out: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-'));
  out = join(folder, 'run');
});
afterAll(() => rm(folder, { recursive: true }));

const resume = () => dpquant('train', '--resume', '--out', out);

/** Steps that the ledger shows; none while there is no run yet. */
function charged(): number {
  const path = join(out, 'ledger.json');
  if (!existsSync(path)) return 0;
  const { entries } = PrivacyLedger.fromJSON(JSON.parse(readFileSync(path, 'utf8')) as LedgerFile);
  return entries.reduce((sum, { count }) => sum + count, 0);
}

/** Waits until more than `count` steps are charged. */
async function chargedMoreThan(count: number): Promise<void> {
  while (charged() <= count) await setTimeout(5);
}

/** Everything in the run folder, by path. */
function contentOf(path = out): Record<string, string> {
  const names = readdirSync(path).map((name) => join(path, name));
  return Object.assign(
    {},
    ...names.map((name) =>
      statSync(name).isDirectory() ? contentOf(name) : { [name]: readFileSync(name, 'base64') },
    ),
  ) as Record<string, string>;
}

it('ends quietly where nobody reads on, as in a pipe to head', async () => {
  const child = processOf(['formats'], ['ignore', 'pipe', 'pipe']);
  child.stdout!.destroy();
  let complaint = '';
  child.stderr!.on('data', (text: Buffer) => (complaint += text.toString()));
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(complaint).not.toMatch(/EPIPE|Error/);
});

it('says in one line that its output cannot be written, and exits with 1', async () => {
  if (!existsSync('/dev/full')) return;
  const full = await open('/dev/full', 'w');
  const child = processOf(['formats'], ['ignore', full.fd, 'pipe']);
  let complaint = '';
  child.stderr!.on('data', (text: Buffer) => (complaint += text.toString()));
  expect(await once(child, 'close')).toEqual([1, null]);
  await full.close();
  expect(complaint).toMatch(/^dpquant: cannot write standard output: ENOSPC.*, free space/m);
  expect(complaint.match(/ENOSPC/g)).toHaveLength(1);
  expect(complaint).not.toMatch(/^ {4}at /m);
});

// One run through all that can happen to it, in this order.
describe('a run', () => {
  it('is for one process; saves on SIGINT and exits with 130', async () => {
    const child = dpquantProcess('train', ...shortRun, '--out', out);
    const exit = once(child, 'exit');
    await chargedMoreThan(0);
    for (const mode of ['--resume', '--force']) {
      const { code, last } = await dpquant('train', ...shortRun, mode, '--out', out);
      expect(code).toBe(2);
      expect(last).toMatch(`another process (pid ${child.pid} on host `);
    }
    child.kill('SIGINT');
    expect(await exit).toEqual([130, null]);
    expect(existsSync(join(out, 'summary.json'))).toBe(false);
    expect(readdirSync(out)).not.toContainEqual(expect.stringMatching(/lock|tmp/));
  });

  it('survives SIGKILL', async () => {
    const before = charged();
    const child = dpquantProcess('train', '--resume', '--out', out);
    const exit = once(child, 'exit');
    await chargedMoreThan(before);
    child.kill('SIGKILL');
    expect(await exit).toEqual([null, 'SIGKILL']);
    expect(charged()).toBeGreaterThan(before);
    expect(readdirSync(out)).toContainEqual(expect.stringMatching(/lock/));
  });

  it.each<[string, string, (bytes: Buffer) => Buffer | string, RegExp]>([
    ['damaged weights', 'checkpoint/values', (bytes) => bytes.fill(1, 9, 10), /is damaged/],
    ['a damaged state', 'checkpoint/state', (bytes) => bytes.subarray(1), /is damaged/],
    ['a damaged ledger', 'ledger', (bytes) => bytes.subarray(0, 20), /is damaged.*restore/],
    ['a ledger of another run', 'ledger', () => JSON.stringify(new PrivacyLedger()), /another run/],
    [
      'another split of the data',
      'config',
      edited({ validationFraction: 0.9 }),
      /options.validationFraction is 0.9 .*started with 0.98; restore the file/,
    ],
  ])('is not resumed, and not touched, with %s', async (_, name, change, message) => {
    const path = Object.keys(contentOf()).find((file) => file.includes(join(out, name)))!;
    const good = readFileSync(path);
    writeFileSync(path, change(Buffer.from(good)));
    const before = withoutLock(contentOf());
    try {
      const { code, last } = await resume();
      expect(code).not.toBe(0);
      expect(last).toMatch(message);
      expect(withoutLock(contentOf())).toEqual(before);
    } finally {
      writeFileSync(path, good);
    }
  });

  it('stops on a full disk before it computes what it cannot charge', async () => {
    if (!existsSync('/dev/full')) return;
    const before = contentOf();
    await symlink('/dev/full', join(out, 'ledger.json.tmp'));
    const { code, last } = await resume();
    expect(code).not.toBe(0);
    expect(last).toMatch(/cannot write .*ledger\.json: ENOSPC.*the disk is full: free space/);
    for (const file of ['ledger.json', 'checkpoint/state.json']) {
      expect(contentOf()[join(out, file)]).toBe(before[join(out, file)]);
    }
  });

  it('goes on to its end within its plan', async () => {
    const before = charged();
    expect(before).toBeLessThan(16);
    const { code } = await resume();
    // Steps that SIGKILL took with it stay charged.
    expect([0, 3]).toContain(code);
    expect(charged()).toBe(16);
    expect(readdirSync(out).sort()).toEqual([
      'checkpoint',
      'config.json',
      'ledger.json',
      'metrics.jsonl',
      'model',
      'report.html',
      'schedule.jsonl',
      'summary.json',
    ]);
  });
});

function edited(options: Partial<RunConfig['options']>) {
  return (bytes: Buffer) => {
    const config = JSON.parse(bytes.toString()) as RunConfig;
    return JSON.stringify({ ...config, options: { ...config.options, ...options } });
  };
}

function withoutLock(content: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(content).filter(([path]) => !path.endsWith('.lock')));
}
