import type { Numbers } from './arrayDataset.ts';
import { assembleBatch, elementCount } from './assembleBatch.ts';
import type { Dataset } from './dataset.ts';
import type { InputPart, TargetPart } from './exampleParts.ts';
import { DataError } from './formats/dataError.ts';
import { oneUnitPerRow, unitOfEachRow, type PrivacyUnits } from './privacyUnits.ts';

/** Values of one input or target, one example after another; not copied. */
interface WithValues {
  readonly values: Numbers;
}

export interface PartsDatasetOptions {
  readonly name: string;
  /** At least one; each has the name of the model's input that reads it. */
  readonly inputs: readonly (InputPart & WithValues)[];
  /** At least one; each has the name of the model's output that it is the target of. */
  readonly targets: readonly (TargetPart & WithValues)[];
  /** Default: each row is a privacy unit. */
  readonly privacyUnits?: PrivacyUnits | undefined;
}

/**
 * Examples in memory with several inputs, several targets, or both. The name of a single input or a
 * single target is not kept, as in any other data set.
 *
 * @throws DataError if the counts differ or a name is given twice
 * @throws RangeError if the privacy units do not hold each row exactly once
 */
export function partsDataset({
  name,
  inputs,
  targets,
  privacyUnits,
}: PartsDatasetOptions): Dataset {
  const count = countOf(name, [...inputs, ...targets]);
  for (const [what, parts] of Object.entries({ inputs, targets })) requireNames(name, what, parts);
  if (privacyUnits) unitOfEachRow(privacyUnits, count);
  const [inputParts, targetParts] = [inputs.map(withoutValues), targets.map(withoutValues)];
  const dataset: Dataset = {
    name,
    count,
    inputShape: shapeOf(inputs),
    targetShape: shapeOf(targets),
    ...(inputs.length > 1 && { inputParts }),
    ...(targets.length > 1 && { targetParts }),
    classNames: (targets.length === 1 && targets[0]!.classNames) || [],
    bytesAreScaled: inputs.some(({ bytesAreScaled = false }) => bytesAreScaled),
    privacyUnits: privacyUnits ?? oneUnitPerRow(count),
    async read(rows, options = {}) {
      return assembleBatch(dataset, rows, options, (row, input, inputAt, target, targetAt) => {
        writeParts(inputs, row, input, inputAt);
        writeParts(targets, row, target, targetAt);
      });
    },
  };
  return dataset;
}

/** Number of examples, the same in all parts. */
function countOf(name: string, parts: PartsDatasetOptions['inputs']): number {
  const counts = parts.map(({ values, shape }) => values.length / elementCount(shape));
  const [count] = counts;
  const wrong = counts.findIndex((each) => !Number.isInteger(each) || each !== count);
  if (count !== undefined && wrong === -1) return count;
  const shown = parts.map((part, i) => `${counts[i]} of ${part.name} [${part.shape.join(', ')}]`);
  throw new DataError(
    `${name}: expected as many examples in each input and target, got ${shown.join(', ') || 'none'}`,
  );
}

function requireNames(name: string, what: string, parts: readonly { name: string }[]): void {
  const names = parts.map((part) => part.name);
  if (names.length > 0 && new Set(names).size === names.length) return;
  throw new DataError(
    `${name}: expected ${what} of different names, got ${names.join(', ') || 'none'}`,
  );
}

function withoutValues<Part extends WithValues>({ values, ...part }: Part): Omit<Part, 'values'> {
  return part;
}

function shapeOf(parts: readonly (InputPart | TargetPart)[]): readonly number[] {
  if (parts.length === 1) return parts[0]!.shape;
  return [parts.reduce((sum, { shape }) => sum + elementCount(shape), 0)];
}

/** Writes the parts of a row one after another, starting at `offset`. */
function writeParts(
  parts: readonly (InputPart & WithValues)[],
  row: number,
  all: Float32Array,
  start: number,
): void {
  let at = start;
  for (const { values, shape, bytesAreScaled = false } of parts) {
    const length = elementCount(shape);
    const own = values.subarray(row * length, (row + 1) * length);
    if (bytesAreScaled) for (let i = 0; i < length; i++) all[at + i] = own[i]! / 255;
    else all.set(own, at);
    at += length;
  }
}
