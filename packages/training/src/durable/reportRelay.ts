import type { RunReporter } from './runReporter.ts';

/**
 * Passes reports on to the reporter. An error of the reporter must not lose a charged step: it
 * stops the run between two steps, and is thrown once the state is saved.
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
