import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localLauncher, medianOf, RayJobs, rayLauncher, shellCommand } from '@dpquant/experiments';

/** Trivial cells that are timed. */
const count = 5;

/** Median seconds of a cell that does nothing, as a process of this machine and as a job. */
export async function overhead(address) {
  const program = [process.execPath, '-e', '0'];
  const there = rayLauncher({
    ...{ jobs: new RayJobs(address), comparison: 'overhead', cpus: 0.5, gpus: 0 },
    command: shellCommand(program),
  });
  return { here: await secondsOf(localLauncher(program)), there: await secondsOf(there) };
}

async function secondsOf(launcher) {
  const seconds = [];
  for (let i = 0; i < count; i++) {
    const place = { cell: `cell${i}`, log: join(tmpdir(), 'dpquant-overhead.log') };
    const begin = performance.now();
    await launcher.find?.(place);
    const { exitCode, lastLines } = await launcher.start({ ...place, args: [] }).end;
    if (exitCode !== 0) throw new Error(`A trivial cell has ended with ${exitCode}: ${lastLines}`);
    seconds.push((performance.now() - begin) / 1000);
  }
  return medianOf(seconds);
}
