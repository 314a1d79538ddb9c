/** Where a command writes: people read standard error, programs standard output. */
export interface Terminal {
  /** Writes a line for programs. */
  result(line: string): void;
  /** Writes a line for people. */
  say(line: string): void;
  /** Shows a line that the next one replaces; nothing where that is not possible. */
  show(line: string): void;
  /** Whether `show` shows anything. */
  readonly isInteractive: boolean;
  /** Emphasis, or the plain text where colours are not wanted. */
  bold(text: string): string;
  faint(text: string): string;
}

/** The terminal of this process. Colours only on a terminal, and never with NO_COLOR set. */
export function processTerminal(): Terminal {
  const { stderr, stdout, env } = process;
  const isInteractive = stderr.isTTY === true && env['TERM'] !== 'dumb';
  const hasColor = isInteractive && !env['NO_COLOR'];
  const eraseLine = isInteractive ? '\r\x1b[K' : '';
  const styled = (code: number) => (text: string) =>
    hasColor ? `\x1b[${code}m${text}\x1b[0m` : text;
  return {
    result: (line) => stdout.write(`${line}\n`),
    say: (line) => stderr.write(`${eraseLine}${line}\n`),
    show(line) {
      if (isInteractive) stderr.write(`${eraseLine}${line.slice(0, (stderr.columns ?? 80) - 1)}`);
    },
    isInteractive,
    bold: styled(1),
    faint: styled(2),
  };
}
