import { createAccountant, type AccountantName } from '@dpquant/accounting';
import type { PlanData, PlannedAnalyses } from './planData.ts';
import { analysisCount, epochCount } from './planEpochs.ts';
import { PlanFields, ranges, type Range } from './planFields.ts';
import { QuantileClipping, type QuantileClippingOptions } from '../clipping/quantileClipping.ts';
import { valueAtStep, type StepSchedule } from './stepSchedule.ts';

/**
 * A plan from parsed JSON, or from any other source that may be damaged: a frozen copy.
 *
 * @throws TypeError for a field that is missing, unknown or of another type
 * @throws RangeError for a field out of range or inconsistent with others; the message begins with
 *   its name
 */
export function parsePlan(json: unknown): PlanData {
  const fields = new PlanFields(json, '');
  const guarantee = fields.optionalChoice('guarantee', ['differential privacy', 'none']);
  const shape = {
    unitCount: fields.number('unitCount', ranges.positiveCount),
    sampleRate: fields.number('sampleRate', ranges.rate),
    steps: fields.number('steps', ranges.count),
    stepsPerEpoch: fields.number('stepsPerEpoch', ranges.positiveCount),
  };
  const analyses = fields.value('analyses');
  const quantileClipping = fields.value('quantileClipping');
  const plan: PlanData = {
    ...shape,
    noiseMultiplier: parseNoise(fields, guarantee),
    clipNorm: parseClipNorm(fields),
    valueCount: fields.number('valueCount', ranges.positiveCount),
    ...(quantileClipping !== undefined && {
      quantileClipping: parseQuantileClipping(quantileClipping),
    }),
    ...(analyses !== undefined && { analyses: parseAnalyses(analyses, shape, guarantee) }),
    ...guarantee,
    ...parseAccountant(fields),
  };
  fields.requireNoOthers();
  checkClipping(plan);
  return Object.freeze(plan);
}

function parseNoise(
  fields: PlanFields,
  guarantee: Pick<PlanData, 'guarantee'>,
): PlanData['noiseMultiplier'] {
  return isObject(fields.value('noiseMultiplier'))
    ? parseSchedule(fields, 'noiseMultiplier', ranges.noiseMultiplier)
    : parseNoiseMultiplier(fields, guarantee);
}

/** Without noise nothing is guaranteed, which must be requested explicitly. */
function parseNoiseMultiplier(
  fields: PlanFields,
  { guarantee }: Pick<PlanData, 'guarantee'>,
): number {
  const value = fields.value('noiseMultiplier');
  if (value === 0 && guarantee === 'none') return value;
  if (value !== 0) return fields.number('noiseMultiplier', ranges.noiseMultiplier);
  throw new RangeError(
    `${fields.nameOf('noiseMultiplier')}: expected a number > 0, got 0; without noise nothing is guaranteed: for a ` +
      "baseline without privacy give guarantee: 'none'",
  );
}

function parseClipNorm(fields: PlanFields): PlanData['clipNorm'] {
  const value = fields.value('clipNorm');
  if (value === null) return value;
  if (isObject(value)) return parseSchedule(fields, 'clipNorm', ranges.clipNorm);
  return fields.number('clipNorm', {
    ...ranges.clipNorm,
    text: 'a number > 0, from 2^-60 to 2^60 (null, which bounds nothing, is for plans without noise)',
  });
}

function parseSchedule(fields: PlanFields, name: string, range: Range): StepSchedule {
  const own = new PlanFields(fields.value(name), fields.nameOf(name));
  const schedule: StepSchedule = {
    from: own.number('from', range),
    to: own.number('to', range),
    ...own.optionalNumber('stages', ranges.positiveCount),
    ...own.optionalChoice('shape', ['linear', 'exponential']),
  };
  own.requireNoOthers();
  return Object.freeze(schedule);
}

function parseQuantileClipping(json: unknown): QuantileClippingOptions {
  const fields = new PlanFields(json, 'quantileClipping');
  const options = {
    ...fields.optionalNumber('quantile', ranges.any),
    ...fields.optionalNumber('learningRate', ranges.any),
    ...fields.optionalNumber('countDeviation', ranges.any),
  };
  fields.requireNoOthers();
  return Object.freeze(options);
}

function parseAnalyses(
  json: unknown,
  plan: Pick<PlanData, 'steps' | 'stepsPerEpoch'>,
  guarantee: Pick<PlanData, 'guarantee'>,
): PlannedAnalyses {
  const fields = new PlanFields(json, 'analyses');
  const analyses = {
    sampleRate: fields.number('sampleRate', ranges.rate),
    ...fields.optionalNumber('batches', ranges.positiveCount),
    noiseMultiplier: parseNoiseMultiplier(fields, guarantee),
    sensitivity: fields.number('sensitivity', ranges.clipNorm),
    valueCount: fields.number('valueCount', ranges.positiveCount),
    interval: fields.number('interval', ranges.positiveCount),
    ...fields.optionalNumber('start', ranges.count),
    count: fields.number('count', ranges.count),
  };
  fields.requireNoOthers();
  const { interval, start = 0, count } = analyses;
  const epochs = epochCount(plan);
  // Without any analysis the policy would never get loss impacts.
  if (start > 0 && start >= epochs) {
    throw fields.wrong(
      'start',
      `an epoch from 0 to ${Math.max(0, epochs - 1)}, the last of the plan`,
    );
  }
  const needed = analysisCount(plan, interval, start);
  if (count !== needed) {
    const from = start === 0 ? '' : ` from epoch ${start} on`;
    throw fields.wrong('count', `${needed}, one every ${interval} of ${epochs} epochs${from}`);
  }
  return Object.freeze(analyses);
}

function parseAccountant(fields: PlanFields): { readonly accountant?: AccountantName } {
  const name = fields.value('accountant');
  if (name === undefined) return {};
  // Refuses an unknown name, and a value that is not a string.
  createAccountant(name as AccountantName);
  return { accountant: name as AccountantName };
}

/**
 * Noise is proportional to the sensitivity; quantile clipping must leave some of the budget for the
 * gradient.
 */
function checkClipping(plan: PlanData): void {
  const { unitCount, sampleRate, steps, noiseMultiplier, clipNorm, quantileClipping } = plan;
  if (clipNorm === null && noiseMultiplier !== 0) {
    throw new RangeError(
      'clipNorm: expected a number > 0 where there is noise, got null, which bounds nothing',
    );
  }
  if (!quantileClipping) return;
  if (typeof clipNorm !== 'number') {
    const got = clipNorm === null ? 'null' : 'a schedule';
    throw new RangeError(`clipNorm: quantile clipping starts from a number, got ${got}`);
  }
  const clipping = new QuantileClipping(quantileClipping, sampleRate * unitCount);
  for (const step of [0, Math.max(0, steps - 1)]) {
    clipping.requireNoise(valueAtStep(noiseMultiplier, step, steps));
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
