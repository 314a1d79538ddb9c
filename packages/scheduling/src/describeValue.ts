/** Names the type of a value, for the end of an error message. */
export function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (value instanceof Promise) return 'a Promise';
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value !== 'object') return typeof value;
  return value.constructor?.name ?? 'an object';
}
