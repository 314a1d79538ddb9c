import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Which process of which machine, for as long as files last. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /**
   * Where its number counts (Linux, `man 7 pid_namespaces`): containers may share a host name and
   * not their processes. Null where the system has no such thing.
   */
  readonly namespace: string | null;
  /** When it started, for people: ISO 8601. */
  readonly started: string;
  /** Tells it from a later process of the same number; null where the system does not say. */
  readonly birth: string | null;
}

/** The process that asks. */
export function thisProcess(): ProcessIdentity {
  return {
    pid: process.pid,
    host: hostname(),
    namespace: pidNamespace(),
    started: new Date(Date.now() - 1000 * process.uptime()).toISOString(),
    birth: birthOf(process.pid),
  };
}

/**
 * Whether a process may still be running; for one of another machine or container the answer is
 * yes.
 */
export function mayBeRunning({ pid, host, namespace, birth }: ProcessIdentity): boolean {
  if (host !== hostname() || namespace !== pidNamespace()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user.
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
 * Boot and time since then at which a process started (Linux only, `man 5 proc`); `ended` for one that
 * waits for its parent to take note.
 */
function birthOf(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name of the program in parentheses, which may hold anything.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return 'ZX'.includes(fields[0]!) ? 'ended' : `${boot} ${fields[19]}`;
  } catch {
    return null;
  }
}
