import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const workspaceRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const oldestNode = [20, 19];

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  console.error(`Node ${oldestNode.join('.')} or newer is needed, this is ${process.versions.node}.`);
  process.exit(1);
}

/** Runs a command in the workspace with inherited output, and ends this process if it fails. */
export function runOrExit(command, args, options = {}) {
  const result = run(command, args, options);
  if (result !== 0) process.exit(result);
}

/** Runs a command in the workspace with inherited output and returns its exit code. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: workspaceRoot,
    stdio: 'inherit',
    shell: process.platform === 'win32' && command === 'npm',
    ...options,
  });
  if (result.error) {
    console.error(`${command}: ${result.error.message}`);
    return 1;
  }
  return result.status ?? 1;
}

/** Installs what package-lock.json names, unless exactly that is installed already. */
export function ensureInstalled() {
  requireNode();
  const lockfile = readFileSync(join(workspaceRoot, 'package-lock.json'));
  const wanted = createHash('sha256').update(lockfile).digest('hex');
  const stamp = join(workspaceRoot, 'node_modules', '.dpquant-lockfile-sha256');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error('Installing dependencies (once) …');
  runOrExit('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, wanted);
}

/** Runs nx from the workspace's own node_modules. */
export function nx(args, options = {}) {
  const bin = join(workspaceRoot, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
  return run(process.execPath, [bin, ...args], options);
}
