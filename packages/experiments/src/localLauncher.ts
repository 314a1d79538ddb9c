import { spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { CellEnd, Launch, Launcher, RunningCell } from './launcher.ts';

/** Lines of a program that has failed that are shown. */
const lastLines = 5;

/**
 * Starts runs as processes of this machine, at its own priority.
 *
 * A process is in a group of its own: Ctrl-C reaches it through `stop` alone, once and not twice.
 * It has a channel to this process, by whose end it learns that nobody waits for it any more.
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
          resolve({ exitCode: null, lastWords: `cannot start ${program}: ${message}` });
        });
        child.on('exit', (exitCode, signal) => {
          const words = lastWordsIn(log, size);
          const lastWords = signal === null ? words : `ended by ${signal}. ${words}`;
          resolve({ exitCode, lastWords });
        });
      });
      return { end, stop: () => void child.kill('SIGINT') };
    },
  };
}

/** @param from where its part of the file begins */
function lastWordsIn(log: string, from: number): string {
  const lines = readFileSync(log).subarray(from).toString().split('\n').filter(Boolean);
  return lines.slice(-lastLines).join('\n');
}
