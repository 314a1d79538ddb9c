import { spawnSync } from 'node:child_process';

/** Runs a program with inherited output; ends this process if it fails. */
export function run(program, parameters, folder) {
  const { status, error } = spawnSync(program, parameters, { cwd: folder, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
