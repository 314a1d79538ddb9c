/**
 * The first key that an object has twice, at any depth of a JSON text that `JSON.parse` accepts;
 * undefined where there is none. The parser itself keeps the last of equal ones in silence.
 */
export function repeatedKey(json: string): string | undefined {
  const objects: Set<string>[] = [];
  // Strings first, so that brackets within them are no brackets.
  for (const [token] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:)?|[{}[\]]/gs)) {
    if (token === '{' || token === '[') objects.push(new Set());
    else if (token === '}' || token === ']') objects.pop();
    else if (token.endsWith(':')) {
      const key = JSON.parse(token.slice(0, token.lastIndexOf('"') + 1)) as string;
      const keys = objects.at(-1)!;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}
