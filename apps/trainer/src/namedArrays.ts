import type { NamedArrays } from '@dpquant/data/node';
import { parseNamed } from './columnArguments.ts';
import { tasksByOutput } from './taskNames.ts';

/** What says which arrays of a file are for which inputs and outputs. */
interface ArrayFlags {
  readonly data: string;
  /** A name, or `image,age`, or `image=pixels,age=years`. */
  readonly inputs?: string | undefined;
  readonly targets?: string | undefined;
  readonly task?: string | undefined;
}

/**
 * Which arrays are for which inputs and outputs of a model, where there are several of either;
 * undefined where there is one of each. An array has the name of its input or output unless the
 * flags say otherwise.
 */
export function namedArrays({ data, inputs, targets, task }: ArrayFlags): NamedArrays | undefined {
  const tasks = task === undefined ? undefined : tasksByOutput(task);
  const hasInputs = isOfSeveral(inputs);
  // A column of a table may have a comma in its name.
  const hasTargets =
    tasks !== undefined || (isOfSeveral(targets) && data.toLowerCase().endsWith('.npz'));
  if (!hasInputs && !hasTargets) return undefined;
  const lone = (array: string) => [{ name: array, array }];
  return {
    inputs: hasInputs ? arraysOf(inputs!) : lone(inputs ?? 'x'),
    targets: hasTargets ? arraysOf(targets ?? [...tasks!.keys()].join(',')) : lone(targets ?? 'y'),
  };
}

function isOfSeveral(names: string | undefined): boolean {
  return names !== undefined && /[,=]/.test(names);
}

function arraysOf(names: string) {
  const named = parseNamed(names, 'image,age, or image=pixels,age=years');
  return Array.from(named, ([name, array]) => ({ name, array }));
}
