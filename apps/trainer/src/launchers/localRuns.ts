import { availableParallelism } from 'node:os';
import { localLauncher } from '@dpquant/experiments';
import { withStopSignals } from '../run/stopSignals.ts';
import { program } from './program.ts';
import type { LauncherKind } from './runPlace.ts';

/** Runs as processes of this machine, which end with the comparison. */
export const localRuns: LauncherKind = {
  flags: [],
  async open() {
    return {
      launcher: localLauncher([process.execPath, program]),
      workers: availableParallelism(),
      argumentsThere: (args) => args,
    };
  },
  withSignals: withStopSignals,
};
