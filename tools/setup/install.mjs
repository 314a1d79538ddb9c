import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const workspaceRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const oldestNode = [20, 19];

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  console.error(
    `Node ${oldestNode.join('.')} or newer is needed, this is ${process.versions.node}.`,
  );
  process.exit(1);
}

/** Runs a command in the workspace with inherited output, and ends this process if it fails. */
function runOrExit(command, args, options = {}) {
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
  if (isInstalled()) return;
  console.error('Installing dependencies (once) …');
  runOrExit('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/**
 * Compares package-lock.json with the record that npm keeps of what it has put into node_modules.
 */
function isInstalled() {
  let wanted, installed;
  try {
    wanted = readPackages('package-lock.json');
    installed = readPackages(join('node_modules', '.package-lock.json'));
  } catch {
    return false;
  }
  return Object.entries(wanted).every(([path, { version, integrity, optional, link }]) => {
    if (!path.includes('node_modules/')) return true;
    const found = installed[path];
    // npm leaves out optional packages that are for another platform.
    if (!found) return optional === true;
    return link || (found.version === version && found.integrity === integrity);
  });
}

function readPackages(file) {
  return JSON.parse(readFileSync(join(workspaceRoot, file), 'utf8')).packages;
}

/** Command line of the workspace's own nx, to be run by `process.execPath`. */
export function nxArguments(...args) {
  return [join(workspaceRoot, 'node_modules', 'nx', 'dist', 'bin', 'nx.js'), ...args];
}

/**
 * Without the daemon nothing is left running, and cached files are restored even if one was
 * deleted.
 */
export const nxEnvironment = { ...process.env, NX_DAEMON: 'false' };
