import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { cutRows, type Batch, type Dataset, type ExamplePart } from '@dpquant/data';
import { shapeText } from './tasks/shapeText.ts';

/** Properties of a data set that determine which tensors a model gets. */
export type BatchShapes = Pick<
  Dataset,
  'inputShape' | 'targetShape' | 'inputParts' | 'targetParts'
>;

/** Names of a model's inputs, in order: the names of their layers. Works for a `Sequential` too. */
export function inputNamesOf({ inputs }: Pick<tfl.LayersModel, 'inputs'>): string[] {
  return inputs.map(({ sourceLayer }) => sourceLayer.name);
}

/** Names of a model's outputs, in order: the names of the layers that they come from. */
export function outputNamesOf({ outputs }: Pick<tfl.LayersModel, 'outputs'>): string[] {
  return outputs.map(({ sourceLayer }) => sourceLayer.name);
}

/**
 * Refuses a data set whose inputs do not fit the model; compares names and shapes only.
 *
 * @param what role of the data set, for messages
 * @throws RangeError with the remedy
 */
export function requireInputs(
  what: string,
  model: tfl.LayersModel,
  { name, inputShape, inputParts }: Pick<Dataset, 'name' | 'inputShape' | 'inputParts'>,
): void {
  const expected = model.inputs.map(({ shape }) => shape.slice(1));
  const places = placesOf(`${what}: "${name}"`, inputNamesOf(model), inputParts, 'inputs');
  for (const [i, place] of places.entries()) {
    const part = inputParts?.[place];
    const shape = part ? part.shape : inputShape;
    const fits = part ? shapeFor(expected[i]!, shape) !== null : isOfShape(expected[i]!, shape);
    if (fits) continue;
    const which = part ? ` of "${part.name}"` : '';
    throw new RangeError(
      `${what}: "${name}" has examples of shape ${shapeText(shape)}${which}, the model takes ` +
        `${shapeText(expected[i]!)}; build the model for the shape of the examples, or bring them to its shape`,
    );
  }
}

/**
 * Shapes of an example's targets in the order of the model's outputs; a data set with one target
 * has one.
 *
 * @throws RangeError with the remedy where the names of targets and outputs differ
 */
export function targetShapesIn(
  model: tfl.LayersModel,
  { name, targetShape, targetParts }: Pick<Dataset, 'name' | 'targetShape' | 'targetParts'>,
): readonly number[] | readonly (readonly number[])[] {
  const places = placesOf(`"${name}"`, outputNamesOf(model), targetParts, 'targets');
  return targetParts ? places.map((place) => targetParts[place]!.shape) : targetShape;
}

/** A tensor for each input of a model, in the model's order; the caller disposes them. */
export function inputTensors(
  model: tfl.LayersModel,
  { size, inputs }: Pick<Batch, 'size' | 'inputs'>,
  { inputShape, inputParts }: BatchShapes,
): tf.Tensor[] {
  if (!inputParts) return [tf.tensor(inputs, [size, ...inputShape])];
  const values = cutRows(inputs, size, inputParts);
  return placesOf('batch', inputNamesOf(model), inputParts, 'inputs').map((place, i) => {
    const { shape } = inputParts[place]!;
    const taken = shapeFor(model.inputs[i]!.shape.slice(1), shape) ?? shape;
    return tf.tensor(values[place]!, [size, ...taken]);
  });
}

/** The values of the targets for each output of a model, in the model's order. */
export function targetValues(
  model: tfl.LayersModel,
  { size, targets }: Pick<Batch, 'size' | 'targets'>,
  { targetParts }: BatchShapes,
): Float32Array[] {
  if (!targetParts) return [targets];
  const values = cutRows(targets, size, targetParts);
  const places = placesOf('batch', outputNamesOf(model), targetParts, 'targets');
  return places.map((place) => values[place]!);
}

/** A batch as tensors for a model and its losses. */
export interface ModelTensors {
  /** One for each input, in the model's order. */
  inputs: tf.Tensor[];
  /** One for each output, in the model's order. */
  targets: tf.Tensor[];
}

/**
 * The tensors of a batch; several inputs or outputs are matched by name. The caller disposes them.
 *
 * @throws RangeError where the names differ
 */
export function modelTensors(
  model: tfl.LayersModel,
  batch: Pick<Batch, 'size' | 'inputs' | 'targets'>,
  shapes: BatchShapes,
): ModelTensors {
  const { targetShape, targetParts } = shapes;
  const places = placesOf('batch', outputNamesOf(model), targetParts, 'targets');
  return {
    inputs: inputTensors(model, batch, shapes),
    targets: targetValues(model, batch, shapes).map((values, i) =>
      tf.tensor(values, [batch.size, ...(targetParts?.[places[i]!]!.shape ?? targetShape)]),
    ),
  };
}

/**
 * The shape that a model expects for examples of the given shape: its input shape, with unknown
 * sizes filled in from the examples. Trailing axes of size 1 are ignored. Null where they do not
 * fit.
 */
export function shapeFor(
  expected: readonly (number | null)[],
  shape: readonly number[],
): number[] | null {
  const rest = shape.slice(expected.length);
  const taken = expected.map((size, i) => size ?? shape[i] ?? 1);
  const fits = taken.every((size, i) => size === (shape[i] ?? 1));
  return fits && rest.every((size) => size === 1) ? taken : null;
}

function isOfShape(expected: readonly (number | null)[], shape: readonly number[]): boolean {
  return (
    expected.length === shape.length &&
    expected.every((size, i) => size === null || size === shape[i])
  );
}

/**
 * Refuses a model with two inputs, or outputs, of the same name.
 *
 * @throws RangeError with the remedy
 */
export function requireDifferentNames(what: 'inputs' | 'outputs', names: readonly string[]): void {
  if (new Set(names).size === names.length) return;
  throw new RangeError(
    `model: expected ${what} of different names, got ${names.join(', ')}; let each come from a layer of its own name`,
  );
}

/** How to give inputs and targets by name, for messages. */
const remedies = {
  inputs: (names: string) =>
    `give inputs by these names: inputs: { ${names.replaceAll(',', ': …,')}: … }, a Dataset with inputParts, or --inputs ` +
    names.replaceAll(' ', ''),
  targets: (names: string) =>
    `give targets by these names: targets: { ${names.replaceAll(',', ': …,')}: … }, a Dataset with targetParts, or on the ` +
    `command line --task ${names.replaceAll(' ', '').replaceAll(',', '=…,')}=…, or --targets ${names.replaceAll(' ', '')}`,
} as const;

/**
 * For each name, the index of the part with that name; [0] if there is only one.
 *
 * @param subject beginning of messages
 * @throws RangeError with the remedy
 */
function placesOf(
  subject: string,
  names: readonly string[],
  parts: readonly ExamplePart[] | undefined,
  kind: keyof typeof remedies,
): number[] {
  if (!parts && names.length === 1) return [0];
  const ofModel = kind === 'inputs' ? 'inputs' : 'outputs';
  requireDifferentNames(ofModel, names);
  const given = (parts ?? []).map(({ name }) => name);
  const isSame = given.length === names.length && names.every((name) => given.includes(name));
  if (isSame) return names.map((name) => given.indexOf(name));
  const has = parts ? `the ${kind} ${given.join(', ')}` : `one ${kind.slice(0, -1)}`;
  throw new RangeError(
    `${subject} has ${has}, the model the ${ofModel} ${names.join(', ')}; ` +
      (names.length > 1
        ? remedies[kind](names.join(', '))
        : `take a model with ${ofModel} of these names, or give ${kind} for "${names[0]}" alone`),
  );
}
