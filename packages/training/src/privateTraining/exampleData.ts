import type * as tfl from '@tensorflow/tfjs-layers';
import {
  partsDataset,
  unitsByValue,
  type Dataset,
  type ExamplePart,
  type Numbers,
} from '@dpquant/data';
import { inputNamesOf, outputNamesOf, requireDifferentNames, shapeFor } from '../modelParts.ts';
import { isSameShape, outputShapesOf } from '../tasks/checkTask.ts';
import { shapeText } from '../tasks/shapeText.ts';
import { requireNameCount, requireUnits } from './exampleNames.ts';
import {
  flatValues,
  isValues,
  type ExampleValues,
  type FlatValues,
  type ValuesByName,
} from './exampleValues.ts';
import { withSampleWeights } from './sampleWeights.ts';

/**
 * Examples in arrays, with values as `model.predict` takes them. Typed inputs are not copied: do
 * not change them during training.
 */
export interface ExampleArrays {
  /** Inputs of all examples, in the model's input shape; several inputs by name. */
  readonly inputs: ExampleValues | ValuesByName;
  /**
   * Targets of all examples: one number each (a class index or a value), or one per output unit of
   * the model; several outputs by name.
   */
  readonly targets: ExampleValues | ValuesByName;
  /**
   * Owner of each example, as a number or a string: all examples with the same owner are one
   * privacy unit, which the guarantee protects. Default: every example is its own unit.
   */
  readonly privacyUnits?: ArrayLike<string | number>;
  /**
   * Weight of each example's loss, applied before clipping: a number from 0 to `greatestWeight`,
   * public or a function of that example alone, never of sums over others. Metrics ignore it.
   * Default 1.
   */
  readonly sampleWeights?: ArrayLike<number>;
  /** Public upper bound of the sample weights. Default 1. */
  readonly greatestWeight?: number;
  /**
   * Names of classes or labels, for reports; by output name for several outputs. Default: their
   * numbers.
   */
  readonly classNames?: readonly string[] | Readonly<Record<string, readonly string[]>>;
  /** Name of the data in messages. Default `data`. */
  readonly name?: string;
}

/** A user's examples, and the type of their targets. */
export interface GivenExamples {
  readonly dataset: Dataset;
  /**
   * Whether the targets are of an integer or boolean type; null for a `Dataset` and for several
   * targets.
   */
  readonly targetsAreWhole: boolean | null;
}

/**
 * Makes a data set from a user's examples.
 *
 * @throws TypeError or RangeError, with the remedy, if the arrays are not valid or do not fit the
 *   model
 */
export async function examplesFor(
  model: tfl.LayersModel,
  data: Dataset | ExampleArrays,
  what = 'data',
): Promise<GivenExamples> {
  if (isDataset(data)) return { dataset: data, targetsAreWhole: null };
  requireArrays(data, what);
  const { name = what, classNames = [], privacyUnits } = data;
  const [inputNames, outputNames] = [inputNamesOf(model), outputNamesOf(model)];
  requireDifferentNames('inputs', inputNames);
  requireDifferentNames('outputs', outputNames);
  const inputs = await namedValues(`${what}.inputs`, data.inputs, inputNames);
  const targets = await namedValues(`${what}.targets`, data.targets, outputNames);
  const inputParts = inputs.map(({ label, ...input }, i) => ({
    ...{ name: input.name, values: input.flat.values },
    shape: inputShapeOf(model.inputs[i]!.shape.slice(1), input.flat, label),
  }));
  const count = countOf(inputParts, inputs);
  const outputShapes = outputShapesOf(model);
  const namesOf = namesOfClasses(classNames, outputNames, `${what}.classNames`);
  outputShapes.forEach((shape, i) =>
    requireNameCount(namesOf(outputNames[i]!), shape, `${what}.classNames`),
  );
  const targetParts = targets.map(({ label, flat, ...target }, i) => ({
    // A copy: a label changed later would not have been checked.
    ...{
      name: target.name,
      values: Float32Array.from(flat.values),
      classNames: namesOf(target.name),
    },
    shape: targetShapeOf(flat, count, outputShapes[i]!, label),
  }));
  if (privacyUnits) requireUnits(privacyUnits, count, `${what}.privacyUnits`);
  const dataset = partsDataset({
    ...{ name, inputs: inputParts, targets: targetParts },
    ...(privacyUnits && {
      privacyUnits: unitsByValue([privacyUnits], count, `${what}.privacyUnits`),
    }),
  });
  const isOne = targets.length === 1;
  return {
    dataset: withSampleWeights(dataset, data, what),
    targetsAreWhole: isOne ? targets[0]!.flat.areWhole : null,
  };
}

/** The values of one input or output. */
interface NamedValues {
  readonly name: string;
  /** Name for messages. */
  readonly label: string;
  readonly flat: FlatValues;
}

/** The values for each name, in the order of the names. */
async function namedValues(
  label: string,
  given: ExampleValues | ValuesByName,
  names: readonly string[],
): Promise<NamedValues[]> {
  if (isValues(given)) {
    const [name, ...others] = names as [string, ...string[]];
    if (others.length === 0) return [{ name, label, flat: await flatValues(label, given) }];
    const expected = names.map((each) => `${each}: …`).join(', ');
    throw new RangeError(
      `${label}: the model has ${names.join(', ')}; give values for each: { ${expected} }`,
    );
  }
  requireNames(label, given, names);
  return Promise.all(
    names.map(async (name) => ({
      ...{ name, label: `${label}.${name}` },
      flat: await flatValues(`${label}.${name}`, given[name]!),
    })),
  );
}

/** Checks that the object's keys are the names of the model's inputs, or outputs. */
function requireNames(label: string, given: object, names: readonly string[]): void {
  const [have, want] = [Object.keys(given), names.join(', ')];
  if (have.length === names.length && names.every((name) => have.includes(name))) return;
  throw new RangeError(
    `${label}: expected ${want}, as the model calls them, got ${have.join(', ') || 'none'}; each has the name of the ` +
      'layer that takes or gives it',
  );
}

/** Number of examples, which must be the same in all inputs. */
function countOf(
  parts: readonly (ExamplePart & { readonly values: Numbers })[],
  inputs: readonly NamedValues[],
): number {
  const counts = parts.map(({ values, shape }) => values.length / sizeOf(shape));
  const other = counts.findIndex((each) => each !== counts[0]);
  if (other === -1) return counts[0]!;
  throw new RangeError(
    `${inputs[other]!.label}: expected ${counts[0]} examples, as ${inputs[0]!.label} has, got ${counts[other]}`,
  );
}

/** Class names of each output. */
function namesOfClasses(
  given: NonNullable<ExampleArrays['classNames']>,
  outputs: readonly string[],
  label: string,
): (output: string) => readonly string[] {
  if (!Array.isArray(given)) {
    const byName = given as Readonly<Record<string, readonly string[]>>;
    const other = Object.keys(byName).find((name) => !outputs.includes(name));
    if (other === undefined) return (output) => byName[output] ?? [];
    throw new RangeError(
      `${label}: expected names for outputs of ${outputs.join(', ')}, got ${other}`,
    );
  }
  const names = given as readonly string[];
  if (names.length === 0 || outputs.length === 1) return () => names;
  throw new RangeError(
    `${label}: the model has the outputs ${outputs.join(', ')}; give names by output: { ${outputs[0]}: ['no', 'yes'] }`,
  );
}

function isDataset(data: Dataset | ExampleArrays): data is Dataset {
  return typeof (data as Partial<Dataset> | null)?.read === 'function';
}

const arrayNames = [
  'inputs',
  'targets',
  'privacyUnits',
  'sampleWeights',
  'greatestWeight',
  'classNames',
  'name',
] satisfies readonly (keyof ExampleArrays)[];

function requireArrays(data: ExampleArrays, what: string): void {
  const expected = `${what}: expected { inputs, targets } or a Dataset`;
  if (typeof data !== 'object' || data === null) {
    throw new TypeError(`${expected}, got ${String(data)}`);
  }
  const other = Object.keys(data).find((name) => !(arrayNames as readonly string[]).includes(name));
  if (other !== undefined) {
    throw new TypeError(`${expected}, with ${arrayNames.slice(2).join(', ')}; got "${other}"`);
  }
  for (const name of ['inputs', 'targets'] as const) {
    if (data[name] === undefined) throw new TypeError(`${expected}; ${name} is missing`);
  }
}

/** Examples are divided as the model expects; only a missing axis of size 1 is added. */
function inputShapeOf(
  expected: readonly (number | null)[],
  { values, shape }: FlatValues,
  name: string,
): readonly number[] {
  const fixed = expected.filter((size): size is number => size !== null);
  if (!shape) {
    const size = sizeOf(fixed);
    if (fixed.length === expected.length && values.length > 0 && values.length % size === 0) {
      return fixed;
    }
    throw new RangeError(
      `${name}: expected whole examples of ${shapeText(expected)}, as the model takes, got ${values.length} numbers; ` +
        (fixed.length === expected.length
          ? `that is no multiple of ${size}: check the model's inputShape`
          : 'give a tensor or nested lists, which have a shape'),
    );
  }
  const own = shape.slice(1);
  const fitting = shapeFor(expected, own);
  if (fitting) return fitting;
  throw new RangeError(
    `${name}: expected examples of ${shapeText(expected)}, as the model takes, got ${shapeText(own)}; reshape them, or ` +
      "change the model's inputShape",
  );
}

function targetShapeOf(
  { values, shape }: FlatValues,
  count: number,
  outputShape: readonly number[],
  name: string,
): readonly number[] {
  const own = shape ? shape.slice(1) : [values.length / count];
  if ((shape && shape[0] !== count) || !own.every(Number.isInteger) || sizeOf(own) === 0) {
    throw new RangeError(
      `${name}: expected the targets of ${count} examples, as there are inputs, got ${shape ? shape[0] : `${values.length} numbers`}`,
    );
  }
  if (isSameShape(own, [])) return [];
  return sizeOf(own) === sizeOf(outputShape) ? outputShape : own;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
