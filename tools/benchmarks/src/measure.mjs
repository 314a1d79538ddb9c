/**
 * Nanoseconds per operation of each subject, measured in turns, so that whatever else the machine
 * does falls on all of them alike; the median over the turns, and the least, which on a busy
 * machine is closest to what the work itself takes.
 *
 * @param subjects list of {name, operations, run}: `run()` does `operations` operations, at once
 *   or as a promise
 * @returns list of {name, nanoseconds, least}
 */
export async function measureSideBySide(subjects, { turns = 15 } = {}) {
  const times = subjects.map(() => []);
  for (const { run } of subjects) await run();
  for (let turn = 0; turn < turns; turn++) {
    for (const [i, { operations, run }] of subjects.entries()) {
      const start = performance.now();
      await run();
      times[i].push(((performance.now() - start) * 1e6) / operations);
    }
  }
  return subjects.map(({ name }, i) => ({
    name,
    nanoseconds: median(times[i]),
    least: Math.min(...times[i]),
  }));
}

/** The middle of the values, or the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
