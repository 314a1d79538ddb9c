import type * as tfl from '@tensorflow/tfjs-layers';
import { arrayDataset, unitsByValue, weightedDataset, type Dataset } from '@dpquant/data';
import { isSameShape, outputShapeOf } from '../tasks/checkTask.ts';
import { shapeText } from '../tasks/shapeText.ts';
import { flatValues, type ExampleValues, type FlatValues } from './exampleValues.ts';

/** Examples in arrays. Values are taken as they are, as `model.predict` would get them. */
export interface ExampleArrays {
  /** Inputs of all examples, in the model's input shape. */
  readonly inputs: ExampleValues;
  /**
   * Targets of all examples: one number each (a class index, a value), or as many as the model has
   * outputs.
   */
  readonly targets: ExampleValues;
  /**
   * Whose each example is, by any number or name: all examples of one are one privacy unit, which
   * the guarantee is about. Default: every example is one of its own.
   */
  readonly privacyUnits?: ArrayLike<string | number>;
  /**
   * What the loss of each example is multiplied by, before clipping: a number from 0 to
   * `greatestWeight`, public or a function of that example alone, never of sums over others.
   * Metrics do not go by it. Default 1 each.
   */
  readonly sampleWeights?: ArrayLike<number>;
  /** Public: no sample weight may be above it. Default 1. */
  readonly greatestWeight?: number;
  /** Names of classes or labels, for reports. Default: their numbers. */
  readonly classNames?: readonly string[];
  /** What messages call the data. Default `data`. */
  readonly name?: string;
}

/** Examples, and what is known of their targets. */
export interface GivenExamples {
  readonly dataset: Dataset;
  /** Whether targets have a type of whole numbers or booleans; null of a `Dataset`. */
  readonly targetsAreWhole: boolean | null;
}

/**
 * A data set of what a user has.
 *
 * @throws TypeError or RangeError, with the remedy, for arrays that are none or do not fit the
 *   model
 */
export async function examplesFor(
  model: tfl.LayersModel,
  data: Dataset | ExampleArrays,
  what = 'data',
): Promise<GivenExamples> {
  if (isDataset(data)) return { dataset: data, targetsAreWhole: null };
  requireArrays(data, what);
  const { name = what, classNames, privacyUnits } = data;
  const inputs = await flatValues(`${what}.inputs`, data.inputs);
  const targets = await flatValues(`${what}.targets`, data.targets);
  const inputShape = inputShapeOf(model, inputs, `${what}.inputs`);
  const count = inputs.values.length / sizeOf(inputShape);
  const targetShape = targetShapeOf(targets, count, outputShapeOf(model), `${what}.targets`);
  if (privacyUnits && privacyUnits.length !== count) {
    throw new RangeError(
      `${what}.privacyUnits: expected one for each of ${count} examples, got ${privacyUnits.length}`,
    );
  }
  const dataset = arrayDataset({
    name,
    ...{ inputs: inputs.values, inputShape, targets: targets.values, targetShape, classNames },
    ...(privacyUnits && {
      privacyUnits: unitsByValue([privacyUnits], count, `${what}.privacyUnits`),
    }),
  });
  return { dataset: weighted(dataset, data, what), targetsAreWhole: targets.areWhole };
}

/** The data set with the sample weights that are given. */
function weighted(
  dataset: Dataset,
  { sampleWeights, greatestWeight }: ExampleArrays,
  what: string,
): Dataset {
  if (sampleWeights !== undefined) {
    return weightedDataset(dataset, sampleWeights, {
      greatestWeight,
      where: `${what}.sampleWeights`,
    });
  }
  if (greatestWeight === undefined) return dataset;
  throw new RangeError(
    `${what}.greatestWeight: is for ${what}.sampleWeights, which are missing; leave it out`,
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

/** Examples are cut as the model takes them: nothing is inferred but a missing axis of size 1. */
function inputShapeOf(
  model: tfl.LayersModel,
  { values, shape }: FlatValues,
  name: string,
): readonly number[] {
  const [expected, ...others] = model.inputs.map((input) => input.shape.slice(1));
  if (others.length > 0) {
    throw new RangeError(
      `${name}: the model has ${model.inputs.length} inputs, and one is supported here; join them into one that the ` +
        'model takes apart',
    );
  }
  const fixed = expected!.filter((size): size is number => size !== null);
  if (!shape) {
    const size = sizeOf(fixed);
    if (fixed.length === expected!.length && values.length > 0 && values.length % size === 0) {
      return fixed;
    }
    throw new RangeError(
      `${name}: expected whole examples of ${shapeText(expected!)}, as the model takes, got ${values.length} numbers; ` +
        (fixed.length === expected!.length
          ? `that is no multiple of ${size}: check the model's inputShape`
          : 'give a tensor or nested lists, which have a shape'),
    );
  }
  const own = shape.slice(1);
  if (fixed.length === expected!.length && isSameShape(own, fixed)) return fixed;
  const fits =
    own.length === expected!.length &&
    expected!.every((size, i) => size === null || size === own[i]);
  if (fits) return own;
  throw new RangeError(
    `${name}: expected examples of ${shapeText(expected!)}, as the model takes, got ${shapeText(own)}; reshape them, or ` +
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
