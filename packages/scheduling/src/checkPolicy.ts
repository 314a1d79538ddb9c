import { describeValue } from './describeValue.ts';
import type { SchedulePolicy } from './policy.ts';

/**
 * The policy in a value from outside, for example the default export of a user's ES module: the
 * value itself if it is a `SchedulePolicy`, else what it returns as a function without arguments. A
 * function makes the better export, since each run then has a policy of its own.
 *
 * Throws TypeError, beginning with `where`, for anything else. What the policy returns is for
 * `checkAssignment` to check.
 */
export function checkPolicy(value: unknown, where: string): SchedulePolicy {
  if (isPolicy(value)) return value;
  if (typeof value !== 'function') {
    throw new TypeError(
      `${where}: expected ${policyShape}, or a function that returns one, got ${lacking(value)}` +
        (value === undefined ? '; has the module an `export default`?' : ''),
    );
  }
  const made = call(value as () => unknown, where);
  if (isPolicy(made)) return made;
  throw new TypeError(
    `${where}: expected its function to return ${policyShape}, got ${lacking(made)}`,
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

function lacking(value: unknown): string {
  if (value instanceof Promise) return 'a Promise; it must not be asynchronous';
  if (typeof value !== 'object' || value === null) return describeValue(value);
  const { name, select } = value as Partial<Record<keyof SchedulePolicy, unknown>>;
  return `${describeValue(value)} with name ${describeValue(name)} and select ${describeValue(select)}`;
}
