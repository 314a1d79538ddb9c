import type { Dataset } from '@dpquant/data';
import {
  binary,
  builtInTasks,
  classification,
  createTask,
  isSeveral,
  severalTasks,
  type ModelTask,
  type SeveralTasks,
  type Task,
} from '@dpquant/training';
import { positiveNumbers } from './argumentParsers.ts';
import { defaultExportOf } from './ownModule.ts';
import { isBuiltInTask, tasksByOutput } from './taskNames.ts';
import { UsageError } from './usageError.ts';

export interface TaskChoice {
  /**
   * One of `builtInTasks`, one for each output, or the path of an ES module; classification if left
   * out.
   */
  readonly task?: string;
  /** Numbers between commas, one for each class. */
  readonly classWeights?: string;
}

/** Tasks whose targets are class indices, as most files have them. */
const ofClasses: readonly string[] = ['classification', 'binary'];

/** Name or path of the task that the flags ask for. */
function taskNameOf({ task = 'classification' }: TaskChoice): string {
  return task;
}

/** Whether targets are numbers, not classes; for a task from a module: if the data are `.npz`. */
export function hasNumbers(options: TaskChoice & { readonly data: string }): boolean {
  const name = taskNameOf(options);
  if (!builtInTasks.has(name)) return options.data.toLowerCase().endsWith('.npz');
  return !ofClasses.includes(name);
}

/** The task that the flags ask for: a built-in one, or the default export of an ES module. */
export async function loadTask(options: TaskChoice): Promise<ModelTask> {
  const name = taskNameOf(options);
  const byOutput = tasksByOutput(name);
  if (byOutput && options.classWeights === undefined) {
    return severalTasks(Object.fromEntries(byOutput));
  }
  if (options.classWeights !== undefined) return weightedTask(name, options.classWeights);
  if (builtInTasks.has(name)) return createTask(name);
  return checkTask(await defaultExportOf(name, 'task'), name);
}

/**
 * The task of a run in a folder that may be anybody's: a program that it names is started if the
 * user says so.
 *
 * @param given by the user now, in place of the run's
 * @throws UsageError for a task of its own that was not given
 */
export async function trustedTask(
  options: TaskChoice,
  given: string | undefined,
): Promise<ModelTask> {
  if (given !== undefined) return loadTask({ ...options, task: given });
  const { task } = options;
  if (task === undefined || isBuiltInTask(task)) return loadTask(options);
  throw new UsageError(
    `task: the run has a task of its own, the program ${task}; if you trust it, add --task ${task}`,
  );
}

/** A task of classes whose weights are given. */
function weightedTask(name: string, weights: string): Task {
  if (name.includes('=')) {
    throw new UsageError(
      'class-weights: are for one output; give those of several in an ES module: severalTasks({ label: classification({ ' +
        'classWeights }), … })',
    );
  }
  const classWeights = positiveNumbers(weights);
  if (name === 'classification') return classification({ classWeights });
  if (name === 'binary') return binary({ classWeights });
  throw new UsageError(`class-weights: task ${name} has no classes to weight; leave the flag out`);
}

function checkTask(value: unknown, path: string): ModelTask {
  if (isTask(value) || isSeveralTasks(value)) return value;
  throw new UsageError(
    `task: ${path} has no task as its default export; export default { name, loss, targetShape, metrics } with a loss ` +
      'of one value an example and at least one metric, or severalTasks({ … }) of @dpquant/training',
  );
}

function isTask(value: unknown): value is Task {
  const { name, loss, targetShape, metrics } = (value ?? {}) as Partial<Task>;
  return (
    typeof name === 'string' &&
    typeof loss === 'function' &&
    (Array.isArray(targetShape) || typeof targetShape === 'function') &&
    typeof metrics === 'object' &&
    Object.values(metrics).length > 0 &&
    Object.values(metrics).every((metric) => typeof metric === 'function')
  );
}

function isSeveralTasks(value: unknown): value is SeveralTasks {
  if (typeof value !== 'object' || value === null || !isSeveral(value as ModelTask)) return false;
  const { name, outputs, weights } = value as Partial<SeveralTasks>;
  return (
    typeof name === 'string' &&
    typeof weights === 'object' &&
    Object.values(outputs ?? {}).length > 1 &&
    Object.values(outputs ?? {}).every(isTask)
  );
}

/** Number of outputs of a model for a task and its data. */
export function outputCount(options: TaskChoice, { classNames, targetShape }: Dataset): number {
  const name = taskNameOf(options);
  if (name === 'classification') return classNames.length;
  if (name === 'binary') return 1;
  return targetShape.reduce((a, b) => a * b, 1);
}

/**
 * Refuses data that are none of the task, before a model is made.
 *
 * @throws UsageError with the remedy
 */
export function requireTaskData(
  options: TaskChoice,
  { name, classNames, inputParts }: Dataset,
): void {
  if (taskNameOf(options) !== 'binary' || classNames.length === 2) return;
  // The classes of arrays by name are not counted.
  if (inputParts && classNames.length === 0) return;
  throw new UsageError(
    `task: binary tells two classes apart, "${name}" has ${classNames.length}; take --task classification`,
  );
}

/**
 * Whether the task is built in and takes logits, so that the model must not end in softmax or
 * sigmoid; false for a task from a module, which is checked later.
 */
export function takesLogits(options: TaskChoice): boolean {
  const name = taskNameOf(options);
  return builtInTasks.has(name) && name !== 'regression';
}

/** Whether a metric is a share that people read in percent. */
export function isShare(metric: string): boolean {
  return /accuracy/i.test(metric);
}

/** A metric as people read it. */
export function metricText(name: string, value: number | null): string {
  if (value === null || Number.isNaN(value)) return `${name} –`;
  return isShare(name)
    ? `${name} ${(100 * value).toFixed(2)} %`
    : `${name} ${value.toPrecision(4)}`;
}
