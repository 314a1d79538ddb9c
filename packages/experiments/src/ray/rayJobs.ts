import { httpAnswer, type HttpAnswer, type HttpRequest } from './httpAnswer.ts';
import { rayJobOf, type RayJob } from './rayJob.ts';

/** Ray gives no answer, or says that it cannot at the moment: asking again later may help. */
export class RayUnreachableError extends Error {
  override readonly name = 'RayUnreachableError';
}

/** Ray answers that it will not do what it is asked for: asking again does not help. */
export class RayRefusalError extends Error {
  override readonly name = 'RayRefusalError';
}

/** A job that is to be submitted. */
export interface RayJobRequest {
  /** Chosen by whoever submits: the same one twice is one job. */
  readonly id: string;
  /** For a shell. */
  readonly entrypoint: string;
  /** What its program takes of a node; 0 of both puts it on the head. */
  readonly cpus: number;
  readonly gpus: number;
  readonly environment: Readonly<Record<string, string>>;
}

export interface RayJobsOptions {
  /** Bearer token, of a Ray that asks for one (`RAY_AUTH_MODE=token`). */
  readonly token?: string | undefined;
  /** Milliseconds that an answer may take. */
  readonly timeout?: number;
}

/** Milliseconds. */
const defaultTimeout = 30_000;

/**
 * The Jobs REST API of Ray (tried with 2.60).
 *
 * All of it rejects with RayUnreachableError where there is no answer, and with RayRefusalError
 * where the answer is no.
 */
export class RayJobs {
  readonly address: URL;
  readonly #token: string | undefined;
  readonly #timeout: number;

  constructor(address: URL, { token, timeout = defaultTimeout }: RayJobsOptions = {}) {
    this.address = address;
    this.#token = token;
    this.#timeout = timeout;
  }

  /** The version of Ray. */
  async version(): Promise<string> {
    const answer = this.#good(await this.#ask('GET', 'version'));
    const { ray_version: version } = this.#parsed(answer) as { ray_version?: unknown };
    if (typeof version === 'string') return version;
    throw new RayRefusalError(
      `${this.address.href}: is no dashboard of Ray, got ${answer.text.slice(0, 100)}`,
    );
  }

  /** Submits a job, unless there is one of this id: whoever is not sure submits again. */
  async submit({ id, entrypoint, cpus, gpus, environment }: RayJobRequest): Promise<void> {
    const answer = await this.#ask('POST', 'jobs/', {
      submission_id: id,
      entrypoint,
      entrypoint_num_cpus: cpus,
      entrypoint_num_gpus: gpus,
      runtime_env: { env_vars: environment },
    });
    // Ray passes this on as an error of its own, 500.
    if (answer.status >= 400 && answer.text.includes(`submission_id ${id} already exists`)) return;
    if (answer.text.includes('Request failed with status code 400')) throw refusal(answer);
    this.#good(answer);
  }

  /** Null for one that Ray does not know, or knows no more. */
  async find(id: string): Promise<RayJob | null> {
    const answer = await this.#ask('GET', jobPath(id));
    if (isUnknown(answer)) return null;
    return this.#understood(answer, rayJobOf);
  }

  /** All that were submitted. */
  async list(): Promise<RayJob[]> {
    const answer = await this.#ask('GET', 'jobs/');
    return this.#understood(answer, (list) =>
      (list as unknown[]).flatMap((each) => rayJobOf(each) ?? []),
    );
  }

  /** What a job has said so far. */
  async logs(id: string): Promise<string> {
    const answer = await this.#ask('GET', `${jobPath(id)}/logs`);
    return this.#understood(answer, (fields) => {
      const { logs } = fields as { logs?: unknown };
      return typeof logs === 'string' ? logs : '';
    });
  }

  /** Asks a job to end; one that has ended, or is not known, stays as it is. */
  async stop(id: string): Promise<void> {
    const answer = await this.#ask('POST', `${jobPath(id)}/stop`);
    if (!isUnknown(answer)) this.#good(answer);
  }

  async #ask(method: HttpRequest['method'], path: string, body?: unknown): Promise<HttpAnswer> {
    const { href } = this.address;
    const url = new URL(`api/${path}`, href.endsWith('/') ? href : `${href}/`);
    const headers = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    try {
      return await httpAnswer(url, { method, headers, body, timeout: this.#timeout });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new RayUnreachableError(`${href} does not answer (${code ?? message})`);
    }
  }

  #good(answer: HttpAnswer): HttpAnswer {
    const { status } = answer;
    if (status >= 200 && status < 300) return answer;
    if (status === 401 || status === 403) {
      throw new RayRefusalError(
        `${this.address.href} refuses (${status}): ${lastLine(answer)}; give the token of Ray by RAY_AUTH_TOKEN`,
      );
    }
    // 404: something before Ray answers, which knows of no Ray at the moment.
    if (status >= 500 || [404, 408, 429].includes(status)) {
      throw new RayUnreachableError(
        `${this.address.href} cannot answer (${status}: ${lastLine(answer)})`,
      );
    }
    throw refusal(answer);
  }

  #understood<T>(answer: HttpAnswer, read: (value: unknown) => T): T {
    const value = this.#parsed(this.#good(answer));
    try {
      return read(value);
    } catch (error) {
      throw new RayRefusalError(`${this.address.href}: ${(error as Error).message}`);
    }
  }

  #parsed({ text }: HttpAnswer): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw new RayRefusalError(
        `${this.address.href}: is no dashboard of Ray, got ${text.slice(0, 100)}`,
      );
    }
  }
}

/** Whether Ray itself says that there is no such job. */
function isUnknown({ status, text }: HttpAnswer): boolean {
  return status === 404 && text.includes('does not exist');
}

function jobPath(id: string): string {
  return `jobs/${encodeURIComponent(id)}`;
}

function refusal(answer: HttpAnswer): RayRefusalError {
  return new RayRefusalError(`Ray refuses (${answer.status}): ${lastLine(answer)}`);
}

/** Of an error in Python that is what it says. */
function lastLine({ text }: HttpAnswer): string {
  const lines = text.split('\n').filter((line) => line.trim().length > 1);
  return lines.at(-1)?.trim().slice(0, 500) ?? 'no text';
}
