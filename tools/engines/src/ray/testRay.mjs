import { deepStrictEqual, match, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Comparison } from './comparison.mjs';
import { RayHead } from './head.mjs';
import { overhead } from './overhead.mjs';
import { runsUnder, watch } from './watch.mjs';

/** Milliseconds for what is waited for. */
const longest = 300_000;

/**
 * A comparison of twelve runs through Ray, on loopback: its controller is killed, one of its jobs,
 * and the head. The table is that of this machine all the same, no run is twice at once, and no
 * ledger shows less than was released.
 *
 * `DPQUANT_RAY` is the command `ray`, if it is none of PATH.
 *
 * @returns false where there is no Ray
 */
export async function testRay() {
  const program = process.env.DPQUANT_RAY ?? 'ray';
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  if (status !== 0) {
    console.log(`There is no command ${program}: pip install 'ray[default]==2.60.*' brings it.`);
    return false;
  }
  console.log(stdout.trim());
  const folder = mkdtempSync(join(tmpdir(), 'dpquant-engines-'));
  const head = await RayHead.make(program);
  const here = new Comparison(join(folder, 'here'));
  const there = new Comparison(join(folder, 'there'));
  const flags = ['--launcher', 'ray', '--ray', head.address.href, '--entrypoint-cpus', '0.5'];
  const start = () => there.start(...flags, '--workers', '3');
  let stopWatch = null;
  try {
    await timed('the comparison on this machine', async () => {
      here.start('--workers', '2');
      await here.finish();
    });
    await timed('Ray starts', () => head.start());
    stopWatch = watch(there);
    await timed('two runs through Ray; then the controller is killed', async () => {
      start();
      await until(there, () => there.finishedCount() >= 2);
      there.child.kill('SIGKILL');
      await there.end;
    });
    await timed('the same command goes on; a job is killed', async () => {
      start();
      const victim = await killedRun(there);
      await until(there, () => there.said.includes(`${victim}: job `));
      await until(there, () => there.finishedCount() >= 5);
    });
    await timed('the head is killed, with its jobs, and started anew', async () => {
      await killedHead(head, there);
      await head.start();
    });
    await timed('the rest', () => there.finish());
    const { looks, mostAtOnce } = stopWatch();
    stopWatch = null;
    match(there.said, /does not answer .*asking again until it does/);
    match(there.said, /Ray does not know job .* any more/);
    deepStrictEqual(there.results(), here.results());
    console.log(`The same table and ledgers; ${looks} looks, ${mostAtOnce} runs at once at most.`);
    const { here: process, there: job } = await overhead(head.address);
    console.log(
      `Overhead of a cell: ${job.toFixed(2)} s as a job, ${process.toFixed(2)} s as a process.`,
    );
    return true;
  } finally {
    try {
      stopWatch?.();
    } finally {
      there.child?.kill('SIGKILL');
      here.child?.kill('SIGKILL');
      await head.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 });
    }
  }
}

/** Kills a run of a comparison that has charged steps, and returns its cell. */
async function killedRun(comparison) {
  let victim;
  await until(comparison, () => {
    victim = runsUnder(comparison.folder).find(({ folder }) => isAtWork(comparison, folder));
    return victim !== undefined;
  });
  process.kill(victim.pid, 'SIGKILL');
  return victim.folder.split('/').at(-1);
}

async function killedHead(head, comparison) {
  await until(comparison, () =>
    runsUnder(comparison.folder).some(({ folder }) => isAtWork(comparison, folder)),
  );
  await head.kill();
  await until(comparison, () => comparison.said.includes('does not answer'));
}

/** Whether a run is in the middle of its steps. */
function isAtWork(comparison, folder) {
  const steps = comparison.chargedSteps(folder.split('/').at(-1));
  return steps > 0 && steps < 20;
}

async function until(comparison, condition) {
  const deadline = performance.now() + longest;
  while (!condition()) {
    ok(
      performance.now() < deadline,
      `Waited for too long. The comparison said:\n${comparison.said}`,
    );
    await setTimeout(20);
  }
}

async function timed(what, body) {
  const begin = performance.now();
  await body();
  console.log(`${what}: ${((performance.now() - begin) / 1000).toFixed(0)} s`);
}
