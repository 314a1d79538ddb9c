import { exitCodes } from './exitCodes.ts';

/** A stream that a command writes to, as far as this module looks at it. */
interface OutputStream {
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/**
 * Lets a command work on when its output cannot be written. A reader that has gone, as `head` goes,
 * is no error. A disk that is full is one: it is said once, and the process ends with exit code 1
 * instead of 0, since what was printed is not whole.
 */
export function watchStandardStreams(
  streams: Readonly<Record<string, OutputStream>>,
  say: (line: string) => void,
): void {
  let failed = false;
  for (const [name, stream] of Object.entries(streams)) {
    stream.on('error', ({ code, message }) => {
      if (code === 'EPIPE' || failed) return;
      failed = true;
      process.on('exit', () => {
        if ((process.exitCode ?? 0) === 0) process.exitCode = exitCodes.failure;
      });
      say(
        `dpquant: cannot write ${name}: ${message}; what was printed is not whole, free space or write elsewhere`,
      );
    });
  }
}
