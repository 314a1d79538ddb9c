import { cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';

/** Share of the cores, from 0 to 1, that other programs use while this one waits for a moment. */
export async function coresInUse(milliseconds = 300) {
  const before = totals();
  await setTimeout(milliseconds);
  const after = totals();
  return 1 - (after.idle - before.idle) / (after.all - before.all);
}

function totals() {
  const times = cpus().map((core) => core.times);
  const idle = times.reduce((sum, each) => sum + each.idle, 0);
  const all = times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, idle);
  return { idle, all };
}
