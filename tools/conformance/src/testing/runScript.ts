import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * What a script of this tool prints, as JSON. It runs in a process of its own, since it is an ES
 * module on the built packages.
 *
 * @param script relative to `src`
 * @throws Error with what it wrote where it ended in any other way than with an exit code of 0 or 1
 */
export function runScript(
  script: string,
  parameters: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): unknown {
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    [join(__dirname, '..', script), ...parameters],
    {
      encoding: 'utf8',
      maxBuffer: Infinity,
      timeout: 400_000,
      env: { ...process.env, ...environment },
    },
  );
  if (error || (status !== 0 && status !== 1) || stdout === '') {
    throw new Error(`${script} ended with ${error?.message ?? status}:\n${stdout}${stderr}`);
  }
  return JSON.parse(stdout);
}
