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

  /** Path of the page; null before it was written. */
  get path(): string | null {
    return this.#path;
  }

  /** Writes the page again, unless that was done a moment ago. */
  async renew(): Promise<void> {
    if (performance.now() >= this.#due) await this.write();
  }

  /** Call when training starts; before, the folder is not touched. */
  begin(): void {
    this.#isBegun = true;
  }

  /** Writes the page; does nothing before `begin`. */
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
