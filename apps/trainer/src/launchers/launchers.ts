import type { Command } from 'commander';
import type { CompareFlags } from '../compare/compareFlags.ts';
import { settingName } from '../flags/flags.ts';
import { UsageError } from '../flags/usageError.ts';
import { localRuns } from './localRuns.ts';
import { rayRuns } from './rayRuns.ts';
import type { LauncherKind } from './runPlace.ts';

/** By the names of `--launcher`. */
const launcherKinds: Readonly<Record<CompareFlags['launcher'], LauncherKind>> = {
  local: localRuns,
  ray: rayRuns,
};

/**
 * The kind of launcher that is asked for.
 *
 * @throws UsageError for a flag of another one
 */
export function chosenLauncher(command: Command): LauncherKind {
  const { launcher } = command.opts<CompareFlags>();
  for (const [name, { flags }] of Object.entries(launcherKinds)) {
    const given = flags.find((flag) => {
      const source = command.getOptionValueSource(flag);
      return name !== launcher && source !== undefined && source !== 'default';
    });
    if (given === undefined) continue;
    throw new UsageError(
      `${settingName(given)}: has an effect with --launcher ${name} only; add that, or leave --${settingName(given)} out`,
    );
  }
  return launcherKinds[launcher];
}
