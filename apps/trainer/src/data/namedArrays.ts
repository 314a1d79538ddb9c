import type { NamedArrays } from '@dpquant/data/node';
import { parseCategories, parseNamed } from '../flags/columnArguments.ts';
import { tasksByOutput } from '../flags/taskNames.ts';
import { UsageError } from '../flags/usageError.ts';

/** The flags that assign arrays of a file to inputs and outputs. */
interface ArrayFlags {
  readonly data: string;
  /** A name, or `image,age`, or `image=pixels,age=years`. */
  readonly inputs?: string | undefined;
  readonly targets?: string | undefined;
  readonly task?: string | undefined;
  /** Names of the classes of one output, or by output: `label=no,yes;kind=a,b`. */
  readonly classNames?: string | undefined;
}

/**
 * Which arrays are for which inputs and outputs of a model, where there are several of either;
 * undefined where there is one of each. An array has the name of its input or output unless the
 * flags say otherwise.
 */
export function namedArrays(flags: ArrayFlags): NamedArrays | undefined {
  const { data, inputs, targets, task } = flags;
  const tasks = task === undefined ? undefined : tasksByOutput(task);
  const hasInputs = isOfSeveral(inputs);
  // A column of a table may have a comma in its name.
  const hasTargets =
    tasks !== undefined || (isOfSeveral(targets) && data.toLowerCase().endsWith('.npz'));
  if (!hasInputs && !hasTargets) return undefined;
  const lone = (array: string) => [{ name: array, array }];
  return {
    inputs: hasInputs ? arraysOf(inputs!) : lone(inputs ?? 'x'),
    targets: hasTargets
      ? withClasses(arraysOf(targets ?? [...tasks!.keys()].join(',')), flags)
      : lone(targets ?? 'y'),
  };
}

function isOfSeveral(names: string | undefined): boolean {
  return names !== undefined && /[,=]/.test(names);
}

function arraysOf(names: string) {
  const named = parseNamed(names, 'image,age, or image=pixels,age=years');
  return Array.from(named, ([name, array]) => ({ name, array }));
}

/** Whether names of classes are given by output. */
export function hasClassesByOutput({ classNames }: Pick<ArrayFlags, 'classNames'>): boolean {
  return classNames?.includes('=') ?? false;
}

function withClasses(targets: NamedArrays['targets'], flags: ArrayFlags): NamedArrays['targets'] {
  if (!hasClassesByOutput(flags)) return targets;
  const classes = new Map(Object.entries(parseCategories(flags.classNames!)));
  const other = [...classes.keys()].find((output) => targets.every(({ name }) => name !== output));
  if (other !== undefined) {
    throw new UsageError(
      `class-names: expected names for outputs of ${targets.map(({ name }) => name).join(', ')}, got ${other}`,
    );
  }
  return targets.map((target) => {
    const classNames = classes.get(target.name);
    return { ...target, ...(classNames && { classNames }) };
  });
}
