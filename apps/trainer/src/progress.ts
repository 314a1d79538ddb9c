import { layersInFormat, type LayerAssignment } from '@dpquant/scheduling';
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
}

/**
 * Shows how a run goes: on a terminal one line that changes with every step, and everywhere a line
 * that stays for each epoch. The speed is of expected batch sizes: realized ones are private.
 */
export class Progress {
  readonly #terminal: Terminal;
  readonly #options: ProgressOptions;
  readonly #start = performance.now();
  #assignment: LayerAssignment = new Map();
  #lastAccuracy: number | null = null;

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

  beginEpoch(assignment: LayerAssignment): void {
    this.#assignment = assignment;
  }

  /** What an analysis found: the loss increases, least first. */
  analysis(impacts: ReadonlyMap<string, number>, seconds: number): void {
    const ordered = [...impacts].sort(([, a], [, b]) => a - b);
    const list = ordered.map(([layer, impact]) => `${layer} ${impact.toFixed(4)}`).join(', ');
    this.#terminal.say(`analysis in ${seconds.toFixed(1)} s · loss impacts: ${list}`);
  }

  /**
   * @param step steps taken so far
   * @param epsilon upper bound of what is spent by now
   */
  step(step: number, epoch: number, epsilon: number): void {
    const { firstStep, steps, stepsPerEpoch } = this.#options;
    const left = (this.seconds / (step - firstStep)) * (steps - step);
    this.#terminal.show(
      `${this.#epoch(epoch)}, step ${step - epoch * stepsPerEpoch}/${stepsPerEpoch}, ` +
        `${duration(left)} left · ${this.#measures(step, epsilon, this.#lastAccuracy)}`,
    );
  }

  endEpoch(step: number, epoch: number, epsilon: number, accuracy: number | null): void {
    this.#lastAccuracy = accuracy;
    this.#terminal.say(`${this.#epoch(epoch)} · ${this.#measures(step, epsilon, accuracy)}`);
  }

  #epoch(epoch: number): string {
    const { epochs } = this.#options;
    return `epoch ${String(epoch + 1).padStart(String(epochs).length)}/${epochs}`;
  }

  #measures(step: number, epsilon: number, accuracy: number | null): string {
    const { epsilonTarget, format, guarantee } = this.#options;
    const layers = layersInFormat(this.#assignment, format).join(' ') || 'none';
    const goal = epsilonTarget === null ? '' : ` of ${epsilonTarget}`;
    const spent =
      guarantee === 'none'
        ? 'no guarantee'
        : `ε ${Number.isFinite(epsilon) ? epsilon.toFixed(2) : '∞'}${goal}`;
    const validation = accuracy === null ? '' : ` · validation ${(100 * accuracy).toFixed(1)} %`;
    return (
      `${spent}${validation} · ` +
      `${this.examplesPerSecond(step).toFixed(0)} examples/s · ${format}: ${layers}`
    );
  }
}

/** Seconds as m:ss. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
