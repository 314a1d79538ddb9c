import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface RunningJob {
  readonly child: ChildProcess;
  readonly entrypoint: string;
  log: string;
  status: string;
  exitCode: number | null;
}

interface Submission {
  readonly submission_id: string;
  readonly entrypoint: string;
  readonly runtime_env: { readonly env_vars: Readonly<Record<string, string>> };
}

/** As much of Ray as a comparison asks for: it runs what is submitted, as processes. */
export class RunningRay {
  readonly jobs = new Map<string, RunningJob>();
  readonly #server = createServer((request, response) => void this.#receive(request, response));

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends everything, as the end of a head does. */
  forgetJobs(): void {
    for (const { child, status } of this.jobs.values()) {
      if (status === 'RUNNING') child.kill('SIGKILL');
    }
    this.jobs.clear();
  }

  async close(): Promise<void> {
    this.forgetJobs();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const part of request) text += String(part);
    const { method, url = '' } = request;
    const [, id = '', what] = /^\/api\/jobs\/([^/]+)\/?(\w+)?$/.exec(url) ?? [];
    const job = this.jobs.get(id);
    const send = (value: unknown) => response.end(JSON.stringify(value));
    if (url === '/api/version') send({ ray_version: '2.60.0' });
    else if (url === '/api/jobs/' && method === 'GET') {
      send([...this.jobs].map(([id, each]) => answerOf(id, each)));
    } else if (url === '/api/jobs/') {
      const { submission_id } = this.#submit(JSON.parse(text) as Submission);
      send({ submission_id });
    } else if (!job) {
      response.statusCode = 404;
      response.end(`Job ${id} does not exist`);
    } else if (what === 'stop') {
      job.status = 'STOPPING';
      job.child.kill('SIGTERM');
      send({ stopped: true });
    } else send(what === 'logs' ? { logs: job.log } : answerOf(id, job));
  }

  #submit(submission: Submission): Submission {
    const { submission_id: id, entrypoint, runtime_env } = submission;
    const env = { ...process.env, ...runtime_env.env_vars };
    const child = spawn('sh', ['-c', entrypoint], {
      cwd: '/',
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const job: RunningJob = { child, entrypoint, log: '', status: 'RUNNING', exitCode: null };
    this.jobs.set(id, job);
    child.stderr.on('data', (part: Buffer) => (job.log += part.toString()));
    child.on('close', (code) => {
      const isStopped = job.status === 'STOPPING';
      job.exitCode = isStopped ? null : (code ?? -9);
      job.status = isStopped ? 'STOPPED' : code === 0 ? 'SUCCEEDED' : 'FAILED';
    });
    return submission;
  }
}

function answerOf(id: string, { status, exitCode }: RunningJob) {
  return {
    ...{ type: 'SUBMISSION', submission_id: id, message: '', error_type: null },
    status: status === 'STOPPING' ? 'RUNNING' : status,
    driver_exit_code: exitCode,
  };
}
