import type { Terminal } from '../terminal/terminal.ts';
import { writeReport } from './writeReport.ts';

/**
 * Times that making the page took, from one renewal to the next at least: a few percent of a run.
 */
const pausePerCost = 30;

/**
 * The `report.html` of a run that is going on. It never fails a run: what keeps it from being
 * written is said once.
 */
export class RunPage {
  readonly #folder: string;
  readonly #terminal: Terminal;
  #isBegun = false;
  #isToldOfFailure = false;
  #path: string | null = null;
  /** When the next renewal is due. */
  #due = 0;

  constructor(folder: string, terminal: Terminal) {
    this.#folder = folder;
    this.#terminal = terminal;
  }

  /** Where it is; null before the first was written. */
  get path(): string | null {
    return this.#path;
  }

  /** Writes it anew, unless it was a moment ago. */
  async renew(): Promise<void> {
    if (performance.now() >= this.#due) await this.write();
  }

  /** The run is about to train; before, its folder is left as it is. */
  begin(): void {
    this.#isBegun = true;
  }

  /** Writes it anew; nothing where the run was refused or stopped before it began. */
  async write(): Promise<void> {
    if (!this.#isBegun) return;
    const start = performance.now();
    try {
      this.#path = await writeReport(this.#folder);
    } catch (error) {
      if (!this.#isToldOfFailure) {
        const { message } = error as Error;
        this.#terminal.say(
          `warning: the page of the run could not be made (${message}); the run goes on, and dpquant report ` +
            `${this.#folder} makes it later`,
        );
      }
      this.#isToldOfFailure = true;
    }
    const end = performance.now();
    this.#due = end + pausePerCost * (end - start);
  }
}
