import { describeValue } from './describeValue.ts';
import type { LayerAssignment } from './policy.ts';

/**
 * Reads the assignment of each epoch, for `fixedPolicy`, from the text of
 *
 * - an earlier run's `schedule.jsonl`: a line for each epoch, in order from 0,
 *   `{"epoch": 0, "layers": {"conv1": "luq-fp4", "dense": "float32"}}`, further keys allowed; or
 * - a JSON array with an object for each epoch, `[{"conv1": "luq-fp4"}, {"dense": "luq-fp4"}]`.
 *
 * Formats are not looked up and `float32` is kept: what a run can compute in is for
 * `checkAssignment` to say.
 *
 * Throws SyntaxError that names `where`, the line (in an array, the epoch) and what was expected.
 */
export function parseSchedule(text: string, where = 'schedule'): readonly LayerAssignment[] {
  const assignments = text.trim().startsWith('[') ? readArray(text, where) : readLines(text, where);
  if (assignments.length === 0) {
    throw new SyntaxError(
      `${where}: expected at least one epoch, got none; write JSON lines ${lineExample} ` +
        'or a JSON array of {layer: format} objects',
    );
  }
  return assignments;
}

const lineExample = '{"epoch":0,"layers":{"conv1":"luq-fp4"}}';

function readArray(text: string, where: string): readonly LayerAssignment[] {
  const epochs = parseJson(text, where, 'a JSON array of {layer: format} objects') as unknown[];
  return epochs.map((epoch, i) => readLayers(epoch, `${where}, epoch ${i}`));
}

function readLines(text: string, where: string): readonly LayerAssignment[] {
  const assignments: LayerAssignment[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const place = `${where}, line ${i + 1}`;
    const record = parseJson(line, place, `a JSON object like ${lineExample}`);
    if (!isObject(record) || !('epoch' in record && 'layers' in record)) {
      throw new SyntaxError(
        `${place}: expected an object with epoch and layers like ${lineExample}, got ${line.trim().slice(0, 80)}`,
      );
    }
    if (record['epoch'] !== assignments.length) {
      throw new SyntaxError(
        `${place}: expected epoch ${assignments.length}, got ${JSON.stringify(record['epoch'])}; ` +
          'there is one line for each epoch, in order from 0',
      );
    }
    assignments.push(readLayers(record['layers'], place));
  }
  return assignments;
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
