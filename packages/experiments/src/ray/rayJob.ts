/** What a job is at: those after RUNNING are ends. */
const statuses = ['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'STOPPED'] as const;
type RayJobStatus = (typeof statuses)[number];

/** A job, as the Jobs REST API of Ray tells of it. */
export interface RayJob {
  /** Its submission id, by which it was submitted. */
  readonly id: string;
  readonly status: RayJobStatus;
  /** For people; of a program that has failed with the last lines that it said. */
  readonly message: string;
  /** Why it failed, by a name of Ray's (`JobErrorType`); null otherwise. */
  readonly errorType: string | null;
  /** Of its program, `-9` where signal 9 ended it; null where that is not known, or not over. */
  readonly exitCode: number | null;
}

/** Whether a job is under way no more. */
export function hasEnded({ status }: RayJob): boolean {
  return status !== 'PENDING' && status !== 'RUNNING';
}

/**
 * Reads an answer; null for what is no submitted job, but a program that has connected by itself.
 *
 * @throws Error for what is no job at all
 */
export function rayJobOf(answer: unknown): RayJob | null {
  const fields = (answer ?? {}) as Readonly<Record<string, unknown>>;
  const { submission_id: id, status, message, error_type: errorType } = fields;
  const exitCode = fields['driver_exit_code'];
  if (fields['type'] === 'DRIVER') return null;
  if (typeof id !== 'string' || !isStatus(status)) {
    throw new Error(`no job of Ray: ${JSON.stringify(answer)?.slice(0, 200)}`);
  }
  return {
    id,
    status,
    message: typeof message === 'string' ? message : '',
    errorType: typeof errorType === 'string' ? errorType : null,
    exitCode: typeof exitCode === 'number' ? exitCode : null,
  };
}

function isStatus(value: unknown): value is RayJobStatus {
  return (statuses as readonly unknown[]).includes(value);
}
