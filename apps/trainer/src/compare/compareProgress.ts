import { countEpochs, scoreIn, timeLeft, type Cell, type CellResult } from '@dpquant/experiments';
import { epochCount } from '@dpquant/mechanisms';
import type { ComparedScore } from '@dpquant/report';
import { runConfigIn } from '../run/readRunRecords.ts';
import { duration } from '../terminal/duration.ts';
import { metricText } from '../flags/tasks.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface Running {
  readonly cell: Cell;
  readonly since: number;
  readonly epochsBefore: number;
}

/** Time between two updates of the changing line, in milliseconds. */
const pause = 1000;

/**
 * Shows progress: a line for each run that ends, and on a terminal one line that is updated.
 */
export class CompareProgress {
  readonly #terminal: Terminal;
  readonly #folderOf: (cell: Cell) => string;
  readonly #workers: number;
  readonly #score: ComparedScore;
  readonly #waiting: Set<Cell>;
  readonly #total: number;
  readonly #running = new Map<string, Running>();
  readonly #ended: { row: string; seconds: number }[] = [];
  #endedCount = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    terminal: Terminal,
    cells: {
      readonly waiting: readonly Cell[];
      /** Runs that ended earlier, with their seconds. */
      readonly ended: readonly { readonly row: string; readonly seconds: number }[];
    },
    how: {
      readonly folderOf: (cell: Cell) => string;
      readonly workers: number;
      readonly score: ComparedScore;
    },
  ) {
    this.#terminal = terminal;
    this.#waiting = new Set(cells.waiting);
    this.#total = cells.waiting.length;
    this.#ended.push(...cells.ended);
    this.#folderOf = how.folderOf;
    this.#workers = how.workers;
    this.#score = how.score;
    if (terminal.isInteractive) this.#timer = setInterval(() => this.#show(), pause).unref();
  }

  onStart(cell: Cell): void {
    this.#waiting.delete(cell);
    const epochsBefore = countEpochs(this.#folderOf(cell));
    this.#running.set(cell.cell, { cell, since: performance.now(), epochsBefore });
    this.#show();
  }

  onEnd(cell: Cell, result: CellResult): void {
    const running = this.#running.get(cell.cell);
    this.#running.delete(cell.cell);
    this.#waiting.delete(cell);
    const seconds = running ? (performance.now() - running.since) / 1000 : 0;
    if (result.state === 'finished' && running?.epochsBefore === 0) {
      this.#ended.push({ row: cell.row, seconds });
    }
    this.#endedCount++;
    const number = `[${this.#endedCount}/${this.#total}]`;
    this.#terminal.say(
      `${number} ${cell.cell}: ${outcomeText(result, this.#score)} in ${duration(seconds)}${this.#leftText()}`,
    );
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #show(): void {
    const names = [...this.#running.values()].map(({ cell }) => {
      const { done, epochs } = this.#epochs(cell);
      return epochs === null ? cell.cell : `${cell.cell} ${done}/${epochs} epochs`;
    });
    this.#terminal.show(
      `${this.#endedCount} of ${this.#total} runs done${this.#leftText()} · ${names.join(' · ')}`,
    );
  }

  #leftText(): string {
    const running = [...this.#running.values()].map(({ cell, since, epochsBefore }) => {
      const { done, epochs } = this.#epochs(cell);
      const of = epochs ?? 1;
      return {
        row: cell.row,
        seconds: (performance.now() - since) / 1000,
        done: epochs === null ? 0 : (done - epochsBefore) / of,
        left: epochs === null ? 1 : (epochs - done) / of,
      };
    });
    const left = timeLeft({
      ended: this.#ended,
      running,
      waiting: [...this.#waiting].map(({ row }) => row),
      workers: this.#workers,
    });
    if (running.length + this.#waiting.size === 0) return '';
    if (left === null) return ' · time left not known yet';
    // A run that takes longer than the ones before: no time left can be told.
    return left < 1 ? ' · nearly done' : ` · ${duration(left)} left`;
  }

  #epochs(cell: Cell): { readonly done: number; readonly epochs: number | null } {
    const folder = this.#folderOf(cell);
    try {
      const plan = runConfigIn(folder)?.plan;
      return { done: countEpochs(folder), epochs: plan ? epochCount(plan) : null };
    } catch {
      return { done: 0, epochs: null }; // Being written, or damaged: the run says it.
    }
  }
}

function outcomeText({ state, summary, problem }: CellResult, score: ComparedScore): string {
  if (summary) {
    const value = scoreIn(summary, score);
    return value === null ? 'finished' : metricText(score.metric, value);
  }
  return state === 'failed' ? `failed: ${problem?.split('\n').at(-1) ?? ''}` : 'stopped';
}
