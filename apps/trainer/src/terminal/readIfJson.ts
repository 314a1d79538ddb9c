import { readFileSync } from 'node:fs';

/** The value in a JSON file; null if there is no file, or if it is not JSON. */
export function readIfJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
