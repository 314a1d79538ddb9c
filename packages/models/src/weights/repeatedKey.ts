/**
 * The first key that occurs twice in one object, at any depth of a valid JSON text; undefined if
 * there is none. `JSON.parse` would silently keep the last one.
 */
export function repeatedKey(json: string): string | undefined {
  const objects: Set<string>[] = [];
  // Strings first, so that brackets in them are skipped.
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
