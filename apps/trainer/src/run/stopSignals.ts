import { exitCodes } from '../terminal/exitCodes.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** How a run is asked to stop, with its state saved. */
export interface StopSignals {
  /** Before the next step, so that nothing that is charged is lost. */
  readonly betweenSteps: AbortSignal;
  /** Before the next physical batch; the step that is cut off stays charged. */
  readonly atOnce: AbortSignal;
}

/** Longest wait for a step after SIGTERM, in milliseconds: SIGKILL may follow soon. */
const longestWait = 5000;

export interface StopOptions {
  /** Another signal that means the same as SIGTERM, and may come before it. */
  readonly signal?: NodeJS.Signals;
  /** Milliseconds after it that a step is waited for. Default: five seconds. */
  readonly wait?: number;
}

/** Whether the channel to the process that has started this one is closed. */
function isAbandoned({ connected }: { readonly connected?: boolean }): boolean {
  return connected === false;
}

/**
 * Runs `body` under Ctrl-C and SIGTERM. The first Ctrl-C lets the step end, which is charged
 * already; the second cuts it off; the third ends the process. SIGTERM lets the step end too, but
 * for five seconds only; so does the end of a process that has started this one with a channel to
 * it (`dpquant compare`), since nobody waits for it any more.
 */
export async function withStopSignals<T>(
  terminal: Terminal,
  body: (signals: StopSignals) => Promise<T>,
  { signal = 'SIGTERM', wait = longestWait }: StopOptions = {},
): Promise<T> {
  const betweenSteps = new AbortController();
  const atOnce = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const interrupt = () => {
    if (atOnce.signal.aborted) process.exit(exitCodes.interrupted);
    if (betweenSteps.signal.aborted) {
      terminal.say('Stopping now; a step that is cut off stays charged … (Ctrl-C: end at once)');
      atOnce.abort();
      return;
    }
    terminal.say('Stopping after this step … (Ctrl-C: now)');
    betweenSteps.abort();
  };
  const terminate = () => {
    if (timer) return;
    terminal.say(`Stopping after this step, or in ${wait / 1000} s …`);
    betweenSteps.abort();
    timer = setTimeout(() => atOnce.abort(), wait);
  };
  process.on('SIGINT', interrupt);
  const terminations = new Set<NodeJS.Signals>(['SIGTERM', signal]);
  for (const each of terminations) process.on(each, terminate);
  process.on('disconnect', terminate);
  // Undefined where there never was a channel.
  if (isAbandoned(process)) terminate();
  try {
    return await body({ betweenSteps: betweenSteps.signal, atOnce: atOnce.signal });
  } finally {
    clearTimeout(timer);
    process.off('SIGINT', interrupt);
    for (const each of terminations) process.off(each, terminate);
    process.off('disconnect', terminate);
  }
}
