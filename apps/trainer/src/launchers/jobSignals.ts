import type { CellSignals } from '@dpquant/experiments';
import { exitCodes } from '../terminal/exitCodes.ts';
import type { Terminal } from '../terminal/terminal.ts';

const question =
  'Stop the jobs, with their states saved (s), leave them running (l), or go on (any other)? ';

/**
 * Runs `body` under Ctrl-C, SIGTERM and SIGHUP, where runs are jobs that continue without this
 * process. On a terminal Ctrl-C asks whether to stop the jobs or to leave them. Without a terminal,
 * and the second time, it leaves them, as the other signals do. A signal after that ends the
 * process.
 */
export async function withJobSignals<T>(
  terminal: Terminal,
  body: (signals: CellSignals) => Promise<T>,
): Promise<T> {
  const betweenSteps = new AbortController();
  const leave = new AbortController();
  let isAsking = false;
  const leaveJobs = () => {
    if (leave.signal.aborted) process.exit(exitCodes.interrupted);
    leave.abort();
  };
  const interrupt = async () => {
    if (isAsking) return;
    if (!terminal.ask || betweenSteps.signal.aborted || leave.signal.aborted) {
      leaveJobs();
      return;
    }
    isAsking = true;
    const answer = await terminal.ask(question);
    isAsking = false;
    if (answer === null || /^l/i.test(answer)) leaveJobs();
    else if (/^s/i.test(answer)) {
      terminal.say('Stopping the jobs … (Ctrl-C: leave them)');
      betweenSteps.abort();
    }
  };
  const onInterrupt = () => void interrupt();
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', leaveJobs);
  process.on('SIGHUP', leaveJobs);
  try {
    return await body({ betweenSteps: betweenSteps.signal, leave: leave.signal });
  } finally {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', leaveJobs);
    process.off('SIGHUP', leaveJobs);
  }
}
