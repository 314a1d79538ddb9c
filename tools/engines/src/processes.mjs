import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The command line, as it was built. */
const program = fileURLToPath(new URL('../../../apps/trainer/bin/dpquant.js', import.meta.url));

/** Whether Open MPI is installed. */
export function hasOpenMpi() {
  const { stdout } = spawnSync('mpirun', ['--version'], { encoding: 'utf8' });
  return stdout?.includes('Open MPI') ?? false;
}

/** What keeps all messages on this machine, and lets more ranks than cores run. */
const launch = [
  ...['--oversubscribe', '--bind-to', 'none', '--host', 'localhost:16'],
  ...['--mca', 'btl_tcp_if_include', 'lo', '--mca', 'oob_tcp_if_include', 'lo'],
];

/** Root is who runs in most containers. */
const asRoot = { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' };

/** Arguments of mpirun for one group of ranks after the other. */
const groups = (ranks, script) =>
  ranks.flatMap(([count, args], i) => [
    ...(i > 0 ? [':'] : []),
    ...['-n', String(count), process.execPath, script, ...args],
  ]);

/**
 * Starts groups of ranks.
 *
 * @param {(readonly [count: number, args: readonly string[]])[]} ranks
 * @param {{ cwd: string, env?: Record<string, string>, script?: string }} options
 */
export function startRanks(ranks, { cwd, env = {}, script = program }) {
  return started('mpirun', [...launch, ...groups(ranks, script)], {
    cwd,
    env: { ...asRoot, ...env },
  });
}

/**
 * Runs groups of ranks to their end.
 *
 * @param {(readonly [count: number, args: readonly string[]])[]} ranks
 * @param {{ cwd: string, env?: Record<string, string> }} options
 */
export const runRanks = (ranks, options) => startRanks(ranks, options).end;

/** Runs the command in one process. */
export const runAlone = (args, cwd) => started(process.execPath, [program, ...args], { cwd }).end;

function started(command, args, { cwd, env = {} }) {
  const child = spawn(command, args, {
    ...{ cwd, env: { ...process.env, ...env } },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data));
  const end = new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, text }));
  });
  return { child, end };
}

/**
 * The processes of the ranks of an mpirun, by their rank: of those that it has started itself.
 *
 * @param {number} launcher
 */
export function rankProcesses(launcher) {
  const ranks = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // The name of a program may hold spaces; the parent is the second word after it.
      const parent = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1).split(' ')[1];
      if (Number(parent) !== launcher) continue;
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
      const rank = environment.find((each) => each.startsWith('OMPI_COMM_WORLD_RANK='));
      if (rank) ranks[Number(rank.split('=')[1])] = Number(name);
    } catch {
      // It has ended meanwhile.
    }
  }
  return ranks;
}
