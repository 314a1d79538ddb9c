import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Lines of a program that has failed that are shown. */
const lastLines = 5;

/** Characters of a log that are kept: its end. */
const keptLength = 1_000_000;

/** What Ray itself writes into the log of a job. */
const linesOfRay = /(INFO job_manager\.py:\d+ -- )|(^Running entrypoint for job )/;

/** The last lines that the program of a job said. */
export function lastLinesIn(logs: string): string {
  const lines = logs.split('\n').filter((line) => line !== '' && !linesOfRay.test(line));
  return lines.slice(-lastLines).join('\n');
}

/** Adds the log of a job to the file of its cell. */
export function keepLog(file: string, title: string, logs: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const end = logs.endsWith('\n') || logs === '' ? '' : '\n';
  appendFileSync(file, `--- ${title}\n${logs.slice(-keptLength)}${end}`);
}
