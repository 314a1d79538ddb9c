import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';

/** What a server has answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Milliseconds. */
  readonly timeout: number;
}

/**
 * Asks a server over HTTP. Not by `fetch`: that sends headers of a browser, and Ray lets no browser
 * submit or stop a job.
 *
 * Rejects where there is no answer in time.
 */
export function httpAnswer(
  url: URL,
  { method, headers = {}, body, timeout }: HttpRequest,
): Promise<HttpAnswer> {
  const content = body === undefined ? undefined : JSON.stringify(body);
  const request = url.protocol === 'https:' ? secureRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method,
      headers: {
        ...headers,
        ...(content !== undefined && {
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(content)),
        }),
      },
      signal: AbortSignal.timeout(timeout),
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() });
      });
    });
    sent.end(content);
  });
}
