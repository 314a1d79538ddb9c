import { readFileSync } from 'node:fs';

/** What a JSON file holds; null where there is no such file, or none in JSON. */
export function readIfJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
