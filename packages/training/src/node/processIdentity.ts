import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Identifies a process of a machine, also after the process has ended. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /**
   * PID namespace (Linux, `man 7 pid_namespaces`): containers may share a host name but not their
   * processes. Null on other systems.
   */
  readonly namespace: string | null;
  /** When it started, for messages: ISO 8601. */
  readonly started: string;
  /** Distinguishes it from a later process with the same number; null if the system cannot say. */
  readonly birth: string | null;
  /** The job of a cluster that it is, by `jobVariable`; missing for others. */
  readonly job?: string;
}

/**
 * Environment variable with the name of the cluster job that a process is. It is written to the
 * lock file, so that a launcher can ask the cluster whether the process has ended on another
 * machine.
 */
export const jobVariable = 'DPQUANT_JOB';

/** The current process. */
export function thisProcess(): ProcessIdentity {
  const job = process.env[jobVariable];
  return {
    pid: process.pid,
    host: hostname(),
    namespace: pidNamespace(),
    started: new Date(Date.now() - 1000 * process.uptime()).toISOString(),
    birth: birthOf(process.pid),
    ...(job !== undefined && { job }),
  };
}

/** Whether a process may still be running; always true for another machine or container. */
export function mayBeRunning({ pid, host, namespace, birth }: ProcessIdentity): boolean {
  if (host !== hostname() || namespace !== pidNamespace()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: the process runs under another user.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const found = birthOf(pid);
  return found === null || birth === null || found === birth;
}

function pidNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

/**
 * Boot id and start time of a process (Linux only, `man 5 proc`); `ended` for a process that has
 * ended but is still in the process table (zombie).
 */
function birthOf(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses, which may contain any characters.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return 'ZX'.includes(fields[0]!) ? 'ended' : `${boot} ${fields[19]}`;
  } catch {
    return null;
  }
}
