import {
  isLoopback,
  rayAddress,
  RayJobs,
  rayLauncher,
  RayRefusalError,
  RayUnreachableError,
  shellCommand,
} from '@dpquant/experiments';
import { jobVariable } from '@dpquant/training/node';
import { UsageError } from '../flags/usageError.ts';
import { absoluteArguments } from './absoluteArguments.ts';
import { comparisonName } from './comparisonName.ts';
import { withJobSignals } from './jobSignals.ts';
import { program } from './program.ts';
import type { LauncherKind } from './runPlace.ts';

/** That of a Ray on this machine. */
const defaultAddress = 'http://127.0.0.1:8265';

/** Jobs under way: those without room wait in Ray, which gives one up after fifteen minutes. */
const workers = 16;

/** Runs as jobs of a Ray cluster, which go on without the comparison. */
export const rayRuns: LauncherKind = {
  flags: ['ray', 'entrypoint', 'entrypointCpus', 'entrypointGpus'],
  async open(flags, out, terminal) {
    const { ray = defaultAddress, entrypoint, entrypointCpus: cpus, entrypointGpus: gpus } = flags;
    const address = addressOf(ray);
    // Of Ray itself: a login of its own, where it asks for one.
    const jobs = new RayJobs(address, { token: process.env['RAY_AUTH_TOKEN'] });
    if (address.protocol === 'http:' && !isLoopback(address)) {
      terminal.say(
        `warning: what goes to ${address.href} can be read and changed on its way (plain http beyond this machine), and ` +
          'whoever reaches it can run commands on the cluster; use https, or an SSH tunnel to its loopback address',
      );
    }
    const version = await versionOf(jobs);
    const comparison = comparisonName(out);
    terminal.say(
      `Runs are jobs ${comparison}-… of Ray ${version} at ${address.href}, each with ${cpus} CPU and ${gpus} GPU`,
    );
    return {
      launcher: rayLauncher({
        ...{ jobs, comparison, cpus, gpus },
        command: entrypoint ?? shellCommand([process.execPath, program]),
        environment: (id) => ({ [jobVariable]: id }),
        notice: (line) => terminal.say(line),
      }),
      workers,
      argumentsThere: absoluteArguments,
      machine: `Ray ${version} at ${address.href}`,
    };
  },
  withSignals: withJobSignals,
};

function addressOf(text: string): URL {
  try {
    return rayAddress(text);
  } catch (error) {
    throw new UsageError(`ray: ${(error as Error).message}`);
  }
}

async function versionOf(jobs: RayJobs): Promise<string> {
  try {
    return await jobs.version();
  } catch (error) {
    if (error instanceof RayUnreachableError) {
      throw new UsageError(
        `ray: ${error.message}; start Ray ('ray start --head'), or give the address of its dashboard`,
      );
    }
    if (error instanceof RayRefusalError) throw new UsageError(`ray: ${error.message}`);
    throw error;
  }
}
