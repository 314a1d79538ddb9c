import { backendNames, startBackend, type StartedBackend } from '@dpquant/backends';
import type { BackendRecord, RunConfig } from './runRecords.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** The record of a started backend, which is a built-in one in the command line. */
export function backendRecord({ name, device, products }: StartedBackend): BackendRecord {
  const known = backendNames.find((each) => each === name);
  if (known === undefined) {
    throw new Error(`backend: expected one of ${backendNames.join(', ')}, got ${name}`);
  }
  return { name: known, device, products: products.arithmetic };
}

/**
 * Starts the backend to continue a run, with the arithmetic of products that it started with, even
 * if another is faster now: otherwise the last bits would differ, and a seeded run would not repeat
 * exactly.
 *
 * @param threads of this process. Default: those of the run
 */
export async function startBackendOf(
  { options, backend: before }: Pick<RunConfig, 'options' | 'backend'>,
  terminal: Terminal,
  threads = options.threads,
): Promise<StartedBackend> {
  const products = before?.products ?? options.products;
  const chosen = { ...options, products, ...(threads !== undefined && { threads }) };
  const started = await startBackend(options.backend, chosen);
  const isChosen = options.products === 'auto' && before !== undefined;
  const reason = isChosen ? 'as when the run began' : started.products.reason;
  const backend = { ...started, products: { ...started.products, reason } };
  if (before && before.name !== backend.name) {
    terminal.say(
      `warning: the run began on the backend ${before.name}, which auto does not choose now, and goes on with ` +
        `${backend.name}: last places will differ from those of an uninterrupted run`,
    );
  }
  return backend;
}
