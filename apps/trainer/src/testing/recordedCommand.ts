import { runCommandLine } from '../commandLine.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** A terminal that keeps what is written to it. */
export function recorder() {
  const out: string[] = [];
  const err: string[] = [];
  const terminal: Terminal = {
    result: (line) => out.push(line),
    say: (line) => err.push(line),
    tellOwner: (line) => err.push(line),
    show: () => undefined,
    isInteractive: false,
    bold: (text) => text,
    faint: (text) => text,
  };
  return { terminal, out, err };
}

/** Runs a command and returns what it wrote. */
export async function dpquant(...args: string[]) {
  const { terminal, out, err } = recorder();
  const code = await runCommandLine(args, terminal);
  return { code, out: out.join('\n'), err };
}
