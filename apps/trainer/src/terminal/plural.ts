/** A number with its noun: `1 step`, `2 steps`; or with another plural, `3 analyses`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
