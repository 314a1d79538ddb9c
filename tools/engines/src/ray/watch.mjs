import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';

/** Milliseconds from one look to the next. */
const pause = 50;

/**
 * Looks at the runs of a comparison again and again: each has one process at most, and its ledger
 * never shows fewer steps than before, or than something is written of.
 *
 * @returns ends it, and throws what it has seen
 */
export function watch(comparison) {
  const charged = new Map();
  const problems = new Set();
  let looks = 0;
  let mostAtOnce = 0;
  const look = () => {
    looks++;
    const processes = runsUnder(comparison.folder);
    mostAtOnce = Math.max(mostAtOnce, processes.length);
    for (const cell of comparison.cells()) {
      const own = processes.filter(({ folder }) => folder === comparison.folderOf(cell));
      if (own.length > 1) problems.add(`${cell} has ${own.length} processes`);
      const released = comparison.releasedSteps(cell);
      const now = comparison.chargedSteps(cell);
      const before = charged.get(cell) ?? 0;
      if (now < before) problems.add(`${cell}: ${before} charged steps have become ${now}`);
      if (now < released) problems.add(`${cell}: ${released} released, ${now} charged`);
      charged.set(cell, now);
    }
  };
  const timer = setInterval(look, pause);
  return () => {
    clearInterval(timer);
    if (problems.size > 0) throw new Error([...problems].join('\n'));
    return { looks, mostAtOnce };
  };
}

/** Processes that train in a folder under one (Linux), with the folder of each. */
export function runsUnder(parent) {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const args = argumentsOf(pid);
    const folder = args.find((arg) => arg.startsWith(`--out=${parent}/`))?.slice('--out='.length);
    const isRun = folder !== undefined && basename(args[0]) === 'node';
    return isRun ? [{ pid: Number(pid), folder }] : [];
  });
}

function argumentsOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // It has ended.
  }
}
