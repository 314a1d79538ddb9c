import { describeValue } from './describeValue.ts';
import type { FixedPolicyOptions } from './fixedPolicy.ts';
import type { LayerAssignment } from './policy.ts';

/**
 * Reads a recorded schedule, for `fixedPolicy`, from one of these texts:
 *
 * - `schedule.jsonl` of an earlier run: one line per epoch, in order from 0, `{"epoch": 0,
 *   "layers": {"conv1": "luq-fp4", "dense": "float32"}}`; other keys are ignored. If the run
 *   decided at an interval, one line per decision, in order from step 0: `{"epoch": 1, "step": 40,
 *   "interval": 20, "layers": {…}}`.
 * - A JSON array with one object per decision, `[{"conv1": "luq-fp4"}, {"dense": "luq-fp4"}]`. A
 *   decision holds for an epoch, or for the interval of the run that uses the schedule.
 *
 * Format names are not checked here (`checkAssignment` does), and `float32` is kept.
 *
 * @throws SyntaxError that names `where`, the line (in an array, the epoch) and what was expected
 */
export function parseSchedule(text: string, where = 'schedule'): FixedPolicyOptions {
  const schedule = text.trim().startsWith('[')
    ? { assignments: readArray(text, where) }
    : readLines(text, where);
  if (schedule.assignments.length === 0) {
    throw new SyntaxError(
      `${where}: expected at least one epoch, got none; write JSON lines ${lineExample} ` +
        'or a JSON array of {layer: format} objects',
    );
  }
  return schedule;
}

const lineExample = '{"epoch":0,"layers":{"conv1":"luq-fp4"}}';

function readArray(text: string, where: string): readonly LayerAssignment[] {
  const epochs = parseJson(text, where, 'a JSON array of {layer: format} objects') as unknown[];
  return epochs.map((epoch, i) => readLayers(epoch, `${where}, epoch ${i}`));
}

function readLines(text: string, where: string): FixedPolicyOptions {
  const assignments: LayerAssignment[] = [];
  let interval: number | 'epoch' = 'epoch';
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const place = `${where}, line ${i + 1}`;
    const record = parseJson(line, place, `a JSON object like ${lineExample}`);
    if (!isObject(record) || !('epoch' in record && 'layers' in record)) {
      throw new SyntaxError(
        `${place}: expected an object with epoch and layers like ${lineExample}, got ${line.trim().slice(0, 80)}`,
      );
    }
    if (assignments.length === 0) interval = intervalOf(record, place);
    requirePlace(record, assignments.length, interval, place);
    assignments.push(readLayers(record['layers'], place));
  }
  return { assignments, interval };
}

function intervalOf({ interval }: Record<string, unknown>, place: string): number | 'epoch' {
  if (interval === undefined) return 'epoch';
  if (Number.isSafeInteger(interval) && (interval as number) > 0) return interval as number;
  throw new SyntaxError(
    `${place}: expected an interval of a whole number of steps above 0, got ${JSON.stringify(interval)}`,
  );
}

/** Refuses a gap: a missing line would shift all later decisions. */
function requirePlace(
  record: Record<string, unknown>,
  index: number,
  interval: number | 'epoch',
  place: string,
): void {
  const [name, expected] =
    interval === 'epoch' ? (['epoch', index] as const) : (['step', index * interval] as const);
  const isSameInterval = intervalOf(record, place) === interval;
  if (isSameInterval && record[name] === expected) return;
  const [wanted, found] = isSameInterval
    ? [`${name} ${expected}`, record[name]]
    : [`the interval ${interval} of the first line`, record['interval']];
  throw new SyntaxError(
    `${place}: expected ${wanted}, got ${JSON.stringify(found)}; there is one line for each ` +
      `${interval === 'epoch' ? 'epoch' : `${interval} steps`}, in order from 0`,
  );
}

function readLayers(value: unknown, place: string): LayerAssignment {
  if (!isObject(value)) {
    throw new SyntaxError(
      `${place}: expected an object from layer names to format names, got ${describeValue(value)}`,
    );
  }
  const assignment = new Map<string, string>();
  for (const [layer, format] of Object.entries(value)) {
    if (typeof format !== 'string' || format === '') {
      throw new SyntaxError(
        `${place}: layer '${layer}': expected the name of a format, got ${JSON.stringify(format)}`,
      );
    }
    assignment.set(layer, format);
  }
  return assignment;
}

function parseJson(text: string, place: string, expected: string): unknown {
  try {
    return JSON.parse(text.trim());
  } catch (error) {
    throw new SyntaxError(`${place}: expected ${expected}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
