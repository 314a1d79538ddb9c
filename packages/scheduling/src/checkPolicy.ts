import { describeValue } from './describeValue.ts';
import type { SchedulePolicy } from './policy.ts';

/**
 * The policy in a value from outside, such as the default export of a user's ES module: the value
 * itself if it is a `SchedulePolicy`, else what it returns when called without arguments. A
 * function is the better export, because each run then gets its own policy.
 *
 * What the policy decides is checked by `checkAssignment`.
 *
 * @throws TypeError that begins with `where`, for anything else
 */
export function checkPolicy(value: unknown, where: string): SchedulePolicy {
  if (isPolicy(value)) return value;
  if (typeof value !== 'function') {
    throw new TypeError(
      `${where}: expected ${policyShape}, or a function that returns one, got ${problemOf(value)}` +
        (value === undefined ? '; has the module an `export default`?' : ''),
    );
  }
  const made = call(value as () => unknown, where);
  if (isPolicy(made)) return made;
  throw new TypeError(
    `${where}: expected its function to return ${policyShape}, got ${problemOf(made)}`,
  );
}

const policyShape = 'a policy { name: string, select(context) }';

function isPolicy(value: unknown): value is SchedulePolicy {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const { name, select } = value as Partial<Record<keyof SchedulePolicy, unknown>>;
  return typeof name === 'string' && name !== '' && typeof select === 'function';
}

function call(factory: () => unknown, where: string): unknown {
  try {
    return factory();
  } catch (error) {
    throw new TypeError(
      `${where}: expected a function that returns ${policyShape} when called without arguments, ` +
        `got the error: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

function problemOf(value: unknown): string {
  if (value instanceof Promise) return 'a Promise; it must not be asynchronous';
  if (typeof value !== 'object' || value === null) return describeValue(value);
  const { name, select } = value as Partial<Record<keyof SchedulePolicy, unknown>>;
  return `${describeValue(value)} with name ${describeValue(name)} and select ${describeValue(select)}`;
}
