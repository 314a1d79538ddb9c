import { binary } from './binary.ts';
import { classification } from './classification.ts';
import { multilabel } from './multilabel.ts';
import { regression } from './regression.ts';
import type { Task } from './task.ts';

/** Name → factory of every task that comes with the package. */
export const builtInTasks: ReadonlyMap<string, () => Task> = new Map([
  ['classification', classification],
  ['binary', binary],
  ['multilabel', multilabel],
  ['regression', regression],
]);

/**
 * A task by name.
 *
 * @throws RangeError that lists the known names, for any other
 */
export function createTask(name: string): Task {
  const create = builtInTasks.get(name);
  if (create) return create();
  throw new RangeError(
    `task: expected one of ${[...builtInTasks.keys()].join(', ')}, or an object of your own (Task), got '${name}'`,
  );
}
