import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { localLauncher } from './localLauncher.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dpquant-launcher-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Launches a Node program given as text. */
function launch(code: string, ...args: string[]) {
  const log = join(folder, 'runs', 'cell.log');
  const running = localLauncher([process.execPath, '-e', code]).start({ cell: 'cell', args, log });
  return { ...running, log };
}

async function untilSaid(log: string, text: string): Promise<void> {
  while (!existsSync(log) || !readFileSync(log, 'utf8').includes(text)) await setTimeout(5);
}

describe('localLauncher', () => {
  it('passes arguments and reports how the program ended', async () => {
    const { end } = launch('console.error(process.argv[1]); process.exitCode = 3', 'steps=2');
    expect(await end).toEqual({ exitCode: 3, lastLines: 'steps=2' });
  });

  it('reports the last lines of this start, and keeps earlier lines in the log', async () => {
    await launch('console.error("first")').end;
    const { end, log } = launch('for (let i = 0; i < 9; i++) console.error("line " + i)');
    expect((await end).lastLines).toBe('line 4\nline 5\nline 6\nline 7\nline 8');
    expect((await launch('').end).lastLines).toBe('');
    expect(readFileSync(log, 'utf8')).toMatch(/^first\nline 0\n/);
  });

  it('sends SIGINT once for each call of stop', async () => {
    const running = launch(`
      let count = 0;
      process.on('SIGINT', () => {
        console.error('asked ' + ++count);
        if (count === 2) process.exit(130);
      });
      setInterval(() => {}, 1000);
      console.error('ready');
    `);
    const { log, end } = running;
    await untilSaid(log, 'ready');
    running.stop();
    await untilSaid(log, 'asked 1');
    running.stop();
    expect(await end).toMatchObject({ exitCode: 130 });
  });

  it('lets the program detect that nobody waits for it', async () => {
    const { end } = launch('console.error(`${process.connected}`); process.disconnect()');
    expect((await end).lastLines).toBe('true');
  });

  it('reports the signal that ended the program, and a program that cannot be started', async () => {
    const { end } = launch('process.kill(process.pid, "SIGKILL")');
    const { exitCode, lastLines } = await end;
    expect(exitCode).toBeNull();
    expect(lastLines).toMatch(/SIGKILL/);
    const missing = localLauncher([join(folder, 'no-such-program')]);
    const { end: never } = missing.start({ cell: 'c', args: [], log: join(folder, 'c.log') });
    expect((await never).lastLines).toMatch(/cannot start .*no-such-program.*ENOENT/);
  });
});
