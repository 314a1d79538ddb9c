import { join } from 'node:path';
import type { StartedBackend } from '@dpquant/backends';
import { valueAtStep } from '@dpquant/mechanisms';
import { layerArithmetic, multipliesIntegers } from '@dpquant/quantization';
import { analysisTimeText } from './analysisTimeText.ts';
import type { TrainOptions } from '../flags/computingOptions.ts';
import { duration } from '../terminal/duration.ts';
import { epsilonText } from '../terminal/epsilonText.ts';
import { fasterNode } from './fasterNode.ts';
import { plural } from '../terminal/plural.ts';
import type { RunBegin, RunSummary, SumsProbed } from '@dpquant/training';
import type { RunConfig, StartRecord } from './runRecords.ts';
import { metricText } from '../flags/tasks.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** What is needed to write the messages of a run. */
export interface ReportedRun {
  readonly config: RunConfig;
  readonly backend: StartedBackend;
  /** Number of public examples. */
  readonly validationCount: number;
  /** Folder of the run. */
  readonly path: string;
}

/** Says what will be trained, and what is guaranteed. */
export function announce(
  {
    config,
    backend,
    guarantee,
    epsilonImported,
    validationCount,
    path,
    resumed,
  }: ReportedRun & Pick<RunBegin, 'guarantee' | 'epsilonImported' | 'resumed'>,
  terminal: Terminal,
): void {
  const { options, plan, start } = config;
  const { bold } = terminal;
  const noiseMultiplier = valueAtStep(plan.noiseMultiplier, 0, plan.steps);
  const isByExample = options.privacyUnit === undefined;
  const units = isByExample ? 'examples' : `privacy units (${options.privacyUnit})`;
  const oneUnit = isByExample ? 'one example' : `one privacy unit (${options.privacyUnit})`;
  terminal.say(
    `${resumed ? 'Resuming' : 'Training'} ${bold(options.model)} on ${bold(options.data)}: ` +
      `${plan.unitCount} private ${units}, ${validationCount} public ${isByExample ? 'ones' : 'examples'} for validation`,
  );
  terminal.say(
    guarantee === 'none'
      ? `${bold('No privacy guarantee')}: ${whyNone(options)}`
      : options.noiseMultiplier !== undefined
        ? `Noise multiplier ${noiseMultiplier}, ${plural(plan.steps, 'step')} of ${options.batchSize} ` +
          `${units} in expectation; ε at δ = ${options.delta}, ${oneUnit} added or removed`
        : `Goal: ε ≤ ${options.epsilon} at δ = ${options.delta}, ${oneUnit} added or removed; ` +
          `noise multiplier ${noiseMultiplier.toFixed(3)}, ${plural(plan.steps, 'step')} of ` +
          `${options.batchSize} ${units} in expectation`,
  );
  if (epsilonImported !== null) {
    terminal.say(
      `Spent on the initial weights before, and counted: ε = ${epsilonText(epsilonImported)} at δ = ${options.delta} ` +
        `(${options.initLedger})`,
    );
  }
  for (const line of startLines(start)) terminal.say(line);
  const isFull = options.policy === 'full';
  const others =
    isFull || options.otherFormat === 'float32' ? '' : `, the others in ${options.otherFormat}`;
  terminal.say(
    `Policy ${options.policy}: ${precisionText(options, backend)}${others}${phasesText(options)} · ` +
      `backend ${backend.name} (${backend.device}` +
      `${backend.passedOver.length > 0 ? '; why no faster one: dpquant backends' : ''})`,
  );
  const advice = fasterNode(options, backend);
  for (const note of advice === null ? backend.notes : [...backend.notes, advice]) {
    terminal.say(`Note: ${note}`);
  }
  if (plan.analyses) {
    terminal.say(
      `At most ${plural(plan.analyses.count, 'analysis', 'analyses')} of loss impacts, charged to the same ε ` +
        `(${options.estimator}, noise multiplier ${plan.analyses.noiseMultiplier.toFixed(3)}` +
        `${plan.analyses.start === undefined ? '' : `, the first before epoch ${plan.analyses.start + 1}`})` +
        analysisTimeText(plan, options.estimator),
    );
  }
  terminal.say(`Writing ${path} · Ctrl-C stops and saves`);
}

/**
 * Explains what it means that sums are not exact; null if they are, or if that was said before.
 *
 * @param backend by its name
 */
export function floatSums(
  { arithmetic, before, found }: SumsProbed,
  backend: string,
): string | null {
  if (arithmetic === 'exact') return null;
  const claim = 'the sensitivity of its sums holds to float rounding, and not to the bit';
  if (found?.arithmetic === 'exact') {
    return before === 'float'
      ? `A part of this run was summed in float rounding: ${claim}, to its end`
      : null;
  }
  const { reason = 'the source of its gradients does not say more', format } = found ?? {};
  const where = format === undefined ? '' : ` in ${format}`;
  const remedy =
    backend === 'wasm' || backend === 'cpu'
      ? 'a layer, rule or loss of your own may be what differs'
      : 'for exact sums start a run with --backend wasm';
  return `Sums are not exact on the backend ${backend}${where} (${reason}): ${claim}; ${remedy}`;
}

/** Number of steps that were charged but are lost, as after a crash. */
export interface LostSteps {
  readonly lostSteps: number;
  readonly plannedSteps: number;
}

/** Explains what it means that steps were lost. */
export function lostSteps(lost: number, planned: number): string {
  const [is, stay] = lost === 1 ? ['is', 'It stays'] : ['are', 'They stay'];
  return (
    `${plural(lost, 'step')} that an interruption or a crash cut off ${is} lost. ` +
    `${stay} charged, so that the run ends within its ε after step ${planned - lost} of ${planned}`
  );
}

/**
 * Says how a run ended.
 *
 * @param page path of its page, if one could be made
 */
export function conclude(
  summary: RunSummary,
  { lostSteps: lost, plannedSteps, page }: LostSteps & { readonly page?: string | null },
  terminal: Terminal,
): void {
  const guarantee =
    summary.guarantee === 'none'
      ? 'no privacy guarantee'
      : `ε = ${epsilonText(summary.epsilon)} at δ = ${summary.delta}${closenessText(summary)}`;
  terminal.say(
    `${terminal.bold(summary.stopped === 'finished' ? 'Done' : `Stopped: ${summary.stopped}`)} ` +
      `in ${duration(summary.seconds)}: ${metricsOf(summary)}, ` +
      `${guarantee}, ${Math.round(100 * summary.quantizedFraction)} % of the layers in low precision`,
  );
  if (summary.stopped === 'privacy budget exhausted') terminal.say(lostSteps(lost, plannedSteps));
  if (summary.stopped === 'policy error') {
    const { epsilonSpent, delta, steps } = summary;
    const spent =
      summary.guarantee === 'none' ? '' : `, ε = ${epsilonText(epsilonSpent)} at δ = ${delta}`;
    terminal.say(`Charged so far: ${plural(steps + lost, 'step')} of ${plannedSteps}${spent}`);
  }
  const { count, epsilon, seconds } = summary.analyses;
  if (count > 0) {
    const cost = epsilon === null ? '' : `; planned analyses add ${epsilonText(epsilon)} to ε`;
    terminal.say(`${plural(count, 'analysis', 'analyses')} took ${seconds.toFixed(1)} s${cost}`);
  }
  if (page) terminal.say(`Report: ${page}`);
  if (summary.stopped !== 'policy error') terminal.say(`Model: ${join(summary.run, 'model')}`);
}

/** The accuracy of the public examples, or, of a task without one, its metrics. */
function metricsOf({ accuracy, metrics }: RunSummary): string {
  if (accuracy !== null) return `validation accuracy ${(100 * accuracy).toFixed(2)} %`;
  const texts = Object.entries(metrics).map(([name, value]) => metricText(name, value));
  return `validation ${texts.join(', ')}`;
}

/** Says how close the noise is to a Gaussian. */
function closenessText({ noiseCloseness }: RunSummary): string {
  return noiseCloseness === null ? '' : ` (noise within ε′ = ${noiseCloseness.toPrecision(2)})`;
}

/** Says where the initial weights come from, and which of them are frozen. */
function startLines({ weights, loaded, fresh = [], frozen }: StartRecord): string[] {
  const lines: string[] = [];
  if (weights) {
    const layers = loaded ? `: ${plural(loaded.length, 'layer')}` : '';
    const head = fresh.length > 0 ? `, ${fresh.join(', ')} new` : '';
    lines.push(
      `Initial weights from ${weights.file}${layers}${head} (SHA-256 ${weights.sha256.slice(0, 12)}…)`,
    );
  }
  if (frozen.length > 0) {
    const names = frozen.slice(0, 4).join(', ');
    lines.push(
      frozen.length <= 4
        ? `Frozen: ${names}`
        : `Frozen: ${plural(frozen.length, 'layer')}, ${names}, …`,
    );
  }
  return lines;
}

function whyNone({ privacy, insecureSeed }: TrainOptions): string {
  if (!privacy) return 'neither clipping nor noise (--no-privacy)';
  return insecureSeed === undefined
    ? 'there is no noise'
    : 'the noise is reproducible (--insecure-seed)';
}

/** Says how many layers compute in which format, whether in integers, and why. */
function precisionText(options: TrainOptions, { products }: StartedBackend): string {
  if (options.policy === 'full') return 'all layers in float32';
  const hasIntegers = multipliesIntegers(layerArithmetic(options.format));
  const isInteger = hasIntegers && products.arithmetic === 'integer';
  const how = isInteger ? 'multiplied as integers' : 'simulated in float32';
  const why = hasIntegers ? ` (${products.reason})` : '';
  return `${budgetText(options)} in ${options.format}, ${how}${why}`;
}

/** Says which steps run in full precision, and how often the policy decides. */
function phasesText(options: TrainOptions): string {
  const { fullPrecisionStart, fullPrecisionEnd, scheduleInterval } = options;
  const share = (which: string, p: number | undefined) =>
    p === undefined
      ? undefined
      : `none in the ${which} ${Number((100 * p).toFixed(2))} % of the steps`;
  const every =
    scheduleInterval === undefined
      ? undefined
      : `decided every ${plural(scheduleInterval, 'step')}`;
  return [share('first', fullPrecisionStart), share('last', fullPrecisionEnd), every]
    .filter((part) => part !== undefined)
    .map((part) => `, ${part}`)
    .join('');
}

function budgetText(options: TrainOptions): string {
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  if (options.quantizedLayers !== undefined) return plural(options.quantizedLayers, 'layer');
  if (options.lowPrecisionShare !== undefined) {
    return `${percent(options.lowPrecisionShare)} of the multiplications`;
  }
  if (options.targetSpeedup !== undefined) {
    return `a theoretical speed-up of ${options.targetSpeedup}`;
  }
  return `${percent(options.quantizedFraction ?? 0.75)} of the layers`;
}
