import type { RunReporter } from './runReporter.ts';

/**
 * Passes reports on. What a reporter throws must not cost a step that is charged: it ends the run
 * as a stop between two steps does, and is thrown once the state is saved.
 */
export class ReportRelay {
  readonly #reporter: RunReporter;
  readonly #stop = new AbortController();
  #failure: { readonly error: unknown } | null = null;

  constructor(reporter: RunReporter) {
    this.#reporter = reporter;
  }

  /** Aborted once the reporter has thrown; nothing is reported after that. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  async tell(report: (reporter: RunReporter) => void | Promise<void>): Promise<void> {
    if (this.#failure) return;
    try {
      await report(this.#reporter);
    } catch (error) {
      this.#failure = { error };
      this.#stop.abort();
    }
  }

  /** @throws what the reporter has thrown */
  rethrow(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
