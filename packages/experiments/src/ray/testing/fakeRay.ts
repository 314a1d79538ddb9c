import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Answers of Ray 2.60.0, recorded; `ID` stands for the submission id. */
type Answers = Readonly<Record<string, { readonly status: number; readonly text: string }>>;
const recorded = JSON.parse(
  readFileSync(join(__dirname, 'recordedAnswers.json'), 'utf8'),
) as Answers;

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** A head of Ray that answers as it was recorded; what its jobs are at is the test's. */
export class FakeRay {
  /** What each job is at, by the name of a recorded answer, in their order. */
  readonly jobs = new Map<string, string>();
  readonly asked: Asked[] = [];
  /** Next answers to whatever is asked, by their names. */
  readonly nextAnswers: string[] = [];
  /** Whether answers to submissions get lost on their way. */
  losesSubmissions = false;
  token: string | undefined;
  #server: Server | null = null;
  #port = 0;

  get address(): URL {
    return new URL(`http://127.0.0.1:${this.#port}`);
  }

  /** Starts on its port of before. */
  async comeBack(): Promise<void> {
    const server = createServer((request, response) => void this.#receive(request, response));
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async vanish(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  }

  submissions(): { readonly submission_id: string; readonly entrypoint: string }[] {
    const posted = this.asked.filter(
      ({ method, path }) => method === 'POST' && path === '/api/jobs/',
    );
    return posted.map(({ body }) => body as { submission_id: string; entrypoint: string });
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { method = '', url: path = '', headers } = request;
    const text = Buffer.concat(parts).toString();
    const asked = {
      method,
      path,
      headers,
      body: text === '' ? null : (JSON.parse(text) as unknown),
    };
    this.asked.push(asked);
    if (path === '/api/jobs/' && method === 'GET' && this.#refusal(asked) === null) {
      const list = [...this.jobs].map(([id, state]) => textOf({ name: state, id }));
      response.end(`[${[...list, driver].join(', ')}]`);
      return;
    }
    const answer = this.#answer(asked);
    if (answer.name === 'submitted' && this.losesSubmissions) {
      request.socket.destroy();
      return;
    }
    response.statusCode = recorded[answer.name]!.status;
    response.end(textOf(answer));
  }

  #refusal({ method, headers }: Asked): string | null {
    const isBrowser = Object.keys(headers).some((name) => name.startsWith('sec-fetch-'));
    if (isBrowser && method === 'POST') return 'browser';
    const isAllowed = this.token === undefined || headers.authorization === `Bearer ${this.token}`;
    return isAllowed ? null : 'missingToken';
  }

  #answer(asked: Asked): Answer {
    const { path, body } = asked;
    const name = this.nextAnswers.shift() ?? this.#refusal(asked);
    if (name !== null) return { name };
    if (path === '/api/version') return { name: 'version' };
    if (path !== '/api/jobs/') return this.#answerOfJob(asked);
    const { submission_id: id } = body as { submission_id: string };
    if (this.jobs.has(id)) return { name: 'twice', id };
    this.jobs.set(id, 'pending');
    return { name: 'submitted', id };
  }

  #answerOfJob({ path, method }: Asked): Answer {
    const [, escaped = '', what] = /^\/api\/jobs\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
    const id = decodeURIComponent(escaped);
    const state = this.jobs.get(id);
    if (state === undefined) return { name: id === '' ? 'noPath' : 'unknown', id };
    if (what === undefined) return { name: state, id };
    if (what === 'logs') return { name: 'logs', id };
    const isRunning = state === 'running';
    if (isRunning && method === 'POST') this.jobs.set(id, 'stopped');
    return { name: isRunning || state === 'pending' ? 'stopAccepted' : 'stopOfEnded' };
  }
}

/** A recorded answer about a job. */
interface Answer {
  readonly name: string;
  readonly id?: string;
}

/** A program that has connected by itself, as Ray lists it. */
const driver = '{"type": "DRIVER", "submission_id": null, "status": "RUNNING"}';

function textOf({ name, id = '' }: Answer): string {
  return recorded[name]!.text.replaceAll('ID', id);
}
