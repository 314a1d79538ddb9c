import { spawnSync } from 'node:child_process';

/** A check that failed, with what is to be shown for it. */
export class CheckFailure extends Error {}

/**
 * Runs a command and returns its standard output. Throws CheckFailure, with all that it printed, if
 * it fails.
 */
export function command(program, args, { cwd, seconds = 300, env = process.env } = {}) {
  const windowsScript = process.platform === 'win32' && program !== process.execPath;
  const result = spawnSync(program, args, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: seconds * 1000,
    maxBuffer: Infinity,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: windowsScript,
  });
  if (result.status === 0) return result.stdout;
  const ending =
    result.error?.code === 'ETIMEDOUT'
      ? `took longer than ${seconds} s`
      : (result.error?.message ?? `ended with ${result.signal ?? `exit code ${result.status}`}`);
  throw new CheckFailure(
    [`${program} ${args.join(' ')} ${ending}`, result.stdout, result.stderr]
      .map((part) => (part ?? '').trim())
      .filter(Boolean)
      .join('\n'),
  );
}
