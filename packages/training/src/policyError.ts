/**
 * A policy gave no assignment that the run can use. Nothing of the epoch was computed: the
 * trainer's position is that of the end of the epoch before, and can be saved.
 */
export class PolicyError extends Error {
  override name = 'PolicyError';
  /** Name of the policy. */
  readonly policy: string;
  /** Epoch that it was asked for, from 0. */
  readonly epoch: number;

  constructor(policy: string, epoch: number, cause: unknown) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const where = `${policy}, epoch ${epoch}: `;
    super(message.startsWith(where) ? message : `${where}${message}`, { cause });
    this.policy = policy;
    this.epoch = epoch;
  }
}
