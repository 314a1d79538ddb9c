/**
 * Keys of the outermost object of a JSON text that `JSON.parse` accepts, in order and as often as they
 * occur: the parser itself keeps the last of equal ones in silence.
 */
export function topLevelKeys(json: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  // Strings first, so that brackets within them are no brackets.
  for (const [token] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:)?|[{}[\]]/gs)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && token.endsWith(':')) {
      keys.push(JSON.parse(token.slice(0, token.lastIndexOf('"') + 1)) as string);
    }
  }
  return keys;
}
