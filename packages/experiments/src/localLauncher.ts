import { spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { CellEnd, Launch, Launcher, RunningCell } from './launcher.ts';

/** Number of log lines shown for a failed program. */
const shownLines = 5;

/**
 * Starts runs as processes on this machine, at its own priority.
 *
 * Each process has its own process group, so that Ctrl-C reaches it only through `stop`, once and
 * not twice. It has a channel to this process; when the channel closes, it knows that nobody waits
 * for it.
 *
 * @param command program and first arguments: `[process.execPath, 'bin/dpquant.js']`
 */
export function localLauncher(command: readonly [string, ...string[]]): Launcher {
  return {
    start({ args, log }: Launch): RunningCell {
      mkdirSync(dirname(log), { recursive: true });
      const output = openSync(log, 'a');
      const { size } = fstatSync(output);
      const [program, ...first] = command;
      const child = spawn(program, [...first, ...args], {
        stdio: ['ignore', 'ignore', output, 'ipc'],
        detached: true,
      });
      closeSync(output);
      const end = new Promise<CellEnd>((resolve) => {
        child.on('error', ({ message }) => {
          resolve({ exitCode: null, lastLines: `cannot start ${program}: ${message}` });
        });
        child.on('exit', (exitCode, signal) => {
          const words = lastLinesIn(log, size);
          const lastLines = signal === null ? words : `ended by ${signal}. ${words}`;
          resolve({ exitCode, lastLines });
        });
      });
      return { end, stop: () => void child.kill('SIGINT') };
    },
  };
}

/** @param from offset of the program's part of the log */
function lastLinesIn(log: string, from: number): string {
  const lines = readFileSync(log).subarray(from).toString().split('\n').filter(Boolean);
  return lines.slice(-shownLines).join('\n');
}
