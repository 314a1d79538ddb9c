import { layersInFormat, type LayerAssignment } from '@dpquant/scheduling';
import type {
  AnalysisEnd,
  EpochBegin,
  EpochReport,
  RunBegin,
  RunReporter,
  RunSpeed,
  ScheduleDecision,
  StepReport,
  SumsProbed,
} from '@dpquant/training';
import type { Metrics } from '@dpquant/training';
import { duration } from '../terminal/duration.ts';
import { epsilonText } from '../terminal/epsilonText.ts';
import { impactList, layerList } from '../models/layerList.ts';
import { announce, floatSums, lostSteps, type ReportedRun } from './runMessages.ts';
import { epsilonTarget } from './runParts.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Least time between two updates of the changing line, in milliseconds. */
const shortestPause = 250;
/**
 * Least pause, as a multiple of the time that the last update took (mostly to compute ε): updates
 * then take about 3 % of the time.
 */
const pausePerCost = 30;

/**
 * Shows how a run goes: on a terminal one line that changes a few times a second, and everywhere a
 * line that stays for each epoch. The ε in both is that of what is charged, by the run's
 * accountant.
 */
export class Progress implements RunReporter {
  readonly #terminal: Terminal;
  readonly #run: ReportedRun;
  #begin!: RunBegin;
  #assignment: LayerAssignment = new Map();
  #lastMetric: string | undefined;
  #isToldOfSums = false;
  /** When the next changing line is due. */
  #due = 0;

  constructor(terminal: Terminal, run: ReportedRun) {
    this.#terminal = terminal;
    this.#run = run;
  }

  onBegin(begin: RunBegin): void {
    this.#begin = begin;
    this.#assignment = begin.assignment ?? new Map();
    announce({ ...this.#run, ...begin }, this.#terminal);
    const { plan } = begin;
    if (begin.resumed && begin.lostSteps > 0) {
      this.#terminal.say(lostSteps(begin.lostSteps, plan.steps));
    }
    this.#terminal.show(
      `Probing the model on made-up examples, then the first ${plan.analyses ? 'analysis' : 'step'} …`,
    );
  }

  /** Says once that sums are not exact. */
  onProbe(probe: SumsProbed): void {
    const line = this.#isToldOfSums ? null : floatSums(probe, this.#run.backend.name);
    if (line === null) return;
    this.#isToldOfSums = true;
    this.#terminal.say(line);
  }

  /** The loss impacts that an analysis found, least first. */
  onAnalysis({ smoothed, seconds }: AnalysisEnd): void {
    this.#terminal.say(
      `analysis in ${seconds.toFixed(1)} s · loss impacts: ${impactList(smoothed)}`,
    );
  }

  onDecision({ assignment }: Pick<ScheduleDecision, 'assignment'>): void {
    this.#assignment = assignment;
  }

  onEpochBegin({ epoch }: Pick<EpochBegin, 'epoch'>): void {
    this.#terminal.show(`Epoch ${epoch + 1}, its first step …`);
  }

  onStepEnd({ steps: taken, epoch, ...speed }: StepReport): void {
    const before = performance.now();
    if (!this.#terminal.isInteractive || before < this.#due) return;
    const { steps, stepsPerEpoch } = this.#run.config.plan;
    const { firstStep, guarantee, epsilonSpent } = this.#begin;
    const left = (speed.seconds / (taken - firstStep)) * (steps - taken);
    const first = epoch * stepsPerEpoch;
    const epsilon = guarantee === 'none' ? Infinity : epsilonSpent();
    this.#terminal.show(
      `${this.#epoch(epoch)}, step ${taken - first}/${Math.min(stepsPerEpoch, steps - first)} · ` +
        this.#measures(epsilon, this.#lastMetric, speed, `${duration(left)} left`),
    );
    const after = performance.now();
    this.#due = after + Math.max(shortestPause, pausePerCost * (after - before));
  }

  onEpochEnd({ epoch, epsilon, validationMetrics, ...speed }: EpochReport): void {
    this.#lastMetric = metricOf(validationMetrics);
    this.#terminal.say(
      `${this.#epoch(epoch)} · ${this.#measures(epsilon, this.#lastMetric, speed)}`,
    );
  }

  #epoch(epoch: number): string {
    const { steps, stepsPerEpoch } = this.#run.config.plan;
    const epochs = String(Math.ceil(steps / stepsPerEpoch));
    return `epoch ${String(epoch + 1).padStart(epochs.length)}/${epochs}`;
  }

  /** The most important part first: a narrow terminal leaves the last ones out. */
  #measures(
    epsilon: number,
    validation: string | undefined,
    { examplesPerSecond: rate }: RunSpeed,
    left?: string,
  ): string {
    const { options } = this.#run.config;
    const { guarantee, layers } = this.#begin;
    const target = epsilonTarget(options);
    const goal = target === null ? '' : ` of ${target}`;
    const chosen = layersInFormat(this.#assignment, options.format);
    const names = layers.map(({ name }) => name);
    const parts = [
      guarantee === 'none' ? 'no guarantee' : `ε ${epsilonText(epsilon, 2)}${goal}`,
      left,
      validation,
      `${rate.toFixed(rate < 10 ? 1 : 0)} examples/s`,
      // Of the latest decision, of which an epoch may have several.
      `${options.format}${options.scheduleInterval === undefined ? '' : ', latest'}: ${layerList(chosen, names)}`,
    ];
    return parts.filter((part) => part !== undefined).join(' · ');
  }
}

/** The accuracy of the public examples, or the first metric of a task without one. */
function metricOf(metrics: Metrics | null): string | undefined {
  const [first] = Object.entries(metrics ?? {});
  if (!metrics || !first) return undefined;
  const [name, value] = first;
  const accuracy = metrics['accuracy'];
  return accuracy === undefined
    ? `validation ${name} ${value.toPrecision(3)}`
    : `validation ${(100 * accuracy).toFixed(1)} %`;
}
