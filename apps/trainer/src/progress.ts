import { layersInFormat, type LayerAssignment } from '@dpquant/scheduling';
import { epsilonText } from './epsilonText.ts';
import { impactList, layerList } from './layerList.ts';
import type { Terminal } from './terminal.ts';

/** What the progress lines of a run say. */
export interface ProgressOptions {
  readonly epochs: number;
  readonly steps: number;
  readonly stepsPerEpoch: number;
  /** Steps that an earlier part of the run took. */
  readonly firstStep: number;
  readonly expectedBatchSize: number;
  /** Null for a run without a goal. */
  readonly epsilonTarget: number | null;
  readonly guarantee: 'differential privacy' | 'none';
  /** The run's low-precision format. */
  readonly format: string;
  /** What is charged by now: tens of milliseconds of work. */
  readonly spent: () => number;
}

/** Milliseconds from one line that changes to the next, at least. */
const shortestPause = 250;
/**
 * The same over the milliseconds that it took to find what is spent, so that the lines take a few
 * percent at most.
 */
const pausePerCost = 30;

/**
 * Shows how a run goes: on a terminal one line that changes a few times a second, and everywhere a
 * line that stays for each epoch. The ε in both is that of what is charged, by the run's
 * accountant. The speed is of expected batch sizes: realized ones are private.
 */
export class Progress {
  readonly #terminal: Terminal;
  readonly #options: ProgressOptions;
  readonly #start = performance.now();
  #assignment: LayerAssignment = new Map();
  #layers: readonly string[] = [];
  #lastAccuracy: number | null = null;
  /** When the next changing line is due. */
  #due = 0;

  constructor(terminal: Terminal, options: ProgressOptions) {
    this.#terminal = terminal;
    this.#options = options;
  }

  /** Wall-clock seconds since the run started. */
  get seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  /** Expected examples a second, since the run started. */
  examplesPerSecond(step: number): number {
    const { firstStep, expectedBatchSize } = this.#options;
    return ((step - firstStep) * expectedBatchSize) / this.seconds;
  }

  /** @param layers names of all layers that the schedule chooses from */
  beginEpoch(assignment: LayerAssignment, layers: readonly string[]): void {
    this.#assignment = assignment;
    this.#layers = layers;
  }

  /** What an analysis found: the loss increases, least first. */
  analysis(impacts: ReadonlyMap<string, number>, seconds: number): void {
    this.#terminal.say(
      `analysis in ${seconds.toFixed(1)} s · loss impacts: ${impactList(impacts)}`,
    );
  }

  /** @param step steps taken so far */
  step(step: number, epoch: number): void {
    const before = performance.now();
    if (!this.#terminal.isInteractive || before < this.#due) return;
    const { firstStep, steps, stepsPerEpoch } = this.#options;
    const left = (this.seconds / (step - firstStep)) * (steps - step);
    const first = epoch * stepsPerEpoch;
    this.#terminal.show(
      `${this.#epoch(epoch)}, step ${step - first}/${Math.min(stepsPerEpoch, steps - first)} · ` +
        `${this.#measures(step, this.#epsilon(), this.#lastAccuracy, `${duration(left)} left`)}`,
    );
    const after = performance.now();
    this.#due = after + Math.max(shortestPause, pausePerCost * (after - before));
  }

  /** @param epsilon what is charged by now */
  endEpoch(step: number, epoch: number, epsilon: number, accuracy: number | null): void {
    this.#lastAccuracy = accuracy;
    this.#terminal.say(`${this.#epoch(epoch)} · ${this.#measures(step, epsilon, accuracy)}`);
  }

  #epoch(epoch: number): string {
    const { epochs } = this.#options;
    return `epoch ${String(epoch + 1).padStart(String(epochs).length)}/${epochs}`;
  }

  #epsilon(): number {
    return this.#options.guarantee === 'none' ? Infinity : this.#options.spent();
  }

  /** What is most to be seen comes first: a narrow terminal leaves the last out. */
  #measures(step: number, epsilon: number, accuracy: number | null, left?: string): string {
    const { epsilonTarget, format, guarantee } = this.#options;
    const rate = this.examplesPerSecond(step);
    const goal = epsilonTarget === null ? '' : ` of ${epsilonTarget}`;
    const parts = [
      guarantee === 'none' ? 'no guarantee' : `ε ${epsilonText(epsilon, 2)}${goal}`,
      left,
      accuracy === null ? undefined : `validation ${(100 * accuracy).toFixed(1)} %`,
      `${rate.toFixed(rate < 10 ? 1 : 0)} examples/s`,
      `${format}: ${layerList(layersInFormat(this.#assignment, format), this.#layers)}`,
    ];
    return parts.filter((part) => part !== undefined).join(' · ');
  }
}

/** Seconds as m:ss. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
