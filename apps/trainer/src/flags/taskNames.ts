import { InvalidArgumentError } from 'commander';
import { builtInTasks } from '@dpquant/training';
import { parseNamed } from './columnArguments.ts';

const isModule = (text: string) => /\.(js|mjs|ts|mts)$/.test(text);

/**
 * The name of the task of each output, of `label=classification,age=regression`; undefined of a
 * name or path.
 *
 * @throws InvalidArgumentError for an unknown name, and for fewer than two outputs
 */
export function tasksByOutput(text: string): ReadonlyMap<string, string> | undefined {
  if (!text.includes('=') || isModule(text)) return undefined;
  const tasks = parseNamed(text, 'label=classification,age=regression');
  const unknown = [...tasks.values()].find((name) => !builtInTasks.has(name));
  if (unknown !== undefined || tasks.size < 2) {
    throw new InvalidArgumentError(
      `Expected a task for each output, of ${[...builtInTasks.keys()].join(', ')}, as label=classification,age=regression; ` +
        'tasks of your own come from one ES module.',
    );
  }
  return tasks;
}

/** Whether `--task` says what is built in, and names no program of the user's. */
export function isBuiltInTask(text: string): boolean {
  try {
    return builtInTasks.has(text) || tasksByOutput(text) !== undefined;
  } catch {
    return false;
  }
}
