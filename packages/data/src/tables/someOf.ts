const shown = 10;

/** The first of some names, for a message, and the number of others. */
export function someOf(names: readonly string[]): string {
  const rest = names.length > shown ? ` and ${names.length - shown} more` : '';
  return names.slice(0, shown).join(', ') + rest;
}
