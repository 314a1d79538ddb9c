import { readFileSync } from 'node:fs';
import { dpquant } from './recordedCommand.ts';

/** A thousand private examples in four steps of 250 in expectation. */
export const shortRun = ['--validation-fraction', '0.9', '--batch-size', '250', '--epochs', '1'];

/** Trains in a few seconds; flags after those of the short run override them. */
export const train = (...args: string[]) => dpquant('train', ...shortRun, ...args);

/** The content of a JSON file. */
export const json = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as unknown;

/** The objects of a file of JSON lines. */
export const lines = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
