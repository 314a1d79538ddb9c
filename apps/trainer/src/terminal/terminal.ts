import { createInterface } from 'node:readline';
import { jobVariable } from '@dpquant/training/node';
import { visibleText } from './visibleText.ts';

/** Where a command writes: people read standard error, programs standard output. */
export interface Terminal {
  /** Writes a line for programs. */
  readonly result: (line: string) => void;
  /** Writes a line for people. */
  readonly say: (line: string) => void;
  /**
   * Writes a line that tells of private rows, for the owner of the data alone. Nothing where a
   * comparison has launched this process: standard error is a file then, or the log of a job that
   * others may read, and the comparison has told its owner before.
   */
  readonly tellOwner: (line: string) => void;
  /**
   * Shows a line that the next one replaces; nothing where that is not possible. A line that is too
   * long loses its last parts, which ` · ` separates.
   */
  readonly show: (line: string) => void;
  /** Whether `show` shows anything. */
  readonly isInteractive: boolean;
  /**
   * Asks for a line; null where there is none, as after Ctrl-C. Missing where nobody can be asked.
   */
  readonly ask?: (question: string) => Promise<string | null>;
  /** Emphasis in a line of `say`, or the plain text where colours are not wanted. */
  readonly bold: (text: string) => string;
  readonly faint: (text: string) => string;
}

/**
 * The terminal of this process. Colours only on a terminal, and never with NO_COLOR set. Whatever
 * else is written is text: `visibleText` shows the control characters in it.
 */
export function processTerminal(): Terminal {
  const { stdin, stderr, stdout, env } = process;
  const isTerminal = stderr.isTTY as boolean | undefined;
  const isInteractive = (isTerminal ?? false) && env['TERM'] !== 'dumb';
  const hasColor = isInteractive && !env['NO_COLOR'];
  const eraseLine = isInteractive ? '\r\x1b[K' : '';
  // A random mark, which no text from outside can contain: only these styles take effect.
  const mark = globalThis.crypto.randomUUID();
  const codes: readonly [mark: string, code: string][] = [0, 1, 2].map((code) => [
    `<${mark}:${code}>`,
    `\x1b[${code}m`,
  ]);
  const styled = (style: 1 | 2) => (text: string) =>
    hasColor ? codes[style]![0] + text + codes[0]![0] : text;
  const written = (line: string) =>
    codes.reduce((text, [from, to]) => text.replaceAll(from, to), visibleText(line));
  let isShowing = false;
  let isAsking = false;
  const erase = () => {
    if (isShowing) stderr.write(eraseLine);
    isShowing = false;
  };
  const say = (line: string) => {
    isShowing = false;
    stderr.write(`${eraseLine}${written(line)}\n`);
  };
  const ask = async (question: string) => {
    erase();
    isAsking = true;
    const lines = createInterface({ input: stdin, output: stderr });
    try {
      return await new Promise<string | null>((resolve) => {
        lines.on('SIGINT', () => resolve(null)).on('close', () => resolve(null));
        lines.question(question, resolve);
      });
    } finally {
      lines.close();
      isAsking = false;
    }
  };
  return {
    result(line) {
      // Both streams may be the same terminal.
      erase();
      stdout.write(`${visibleText(line)}\n`);
    },
    say,
    tellOwner(line) {
      if (!process.connected && env[jobVariable] === undefined) say(line);
    },
    show(line) {
      if (isAsking) return;
      isShowing = isInteractive;
      if (isInteractive) stderr.write(eraseLine + fitting(visibleText(line), stderr.columns ?? 80));
    },
    isInteractive,
    ...(isInteractive && stdin.isTTY && { ask }),
    bold: styled(1),
    faint: styled(2),
  };
}

/**
 * As many parts of a line as there is room for, without the last column, where a terminal would
 * wrap.
 */
function fitting(line: string, columns: number): string {
  const parts = line.split(' · ');
  while (parts.length > 1 && parts.join(' · ').length >= columns) parts.pop();
  return parts.join(' · ').slice(0, columns - 1);
}
