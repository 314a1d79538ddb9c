import { describe, expect, it } from '@jest/globals';

/** Backends that are not installed with this project, and have a check of their own. */
const optional = ['node', 'node-gpu'];

interface CaseResult {
  readonly group: string;
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'reference' | 'unsupported';
  readonly problem: string | null;
}

/** What `--json` prints. */
export interface SuiteReport {
  readonly cases: number;
  readonly backends: readonly {
    readonly name: string;
    readonly isAvailable: boolean;
    readonly isRequired: boolean;
    readonly reason?: string;
    readonly results: readonly CaseResult[];
  }[];
}

/**
 * Makes a test of every case on every backend: skipped, and said so, where the backend does not
 * run; one that fails where it has to.
 */
export function testsOf({ cases, backends }: SuiteReport): void {
  for (const { name, isAvailable, isRequired, reason, results } of backends) {
    if (!isAvailable && !isRequired && optional.includes(name)) continue;
    if (!isAvailable)
      console.warn(`${name} does not run, its ${cases} cases are skipped: ${reason}`);
    describe(name, () => {
      if (isRequired) it('runs, as is required', () => expect(reason).toBeUndefined());
      if (!isAvailable && !isRequired) {
        it.skip.each(numbers(cases))(`case %i: ${reason}`, () => undefined);
      }
      for (const { group, name: caseName, status, problem } of results) {
        const title = `${group}: ${caseName}`;
        if (status === 'unsupported') it.skip(`${title}: ${problem}`, () => undefined);
        else if (status !== 'reference') it(title, () => expect(problem).toBeNull());
      }
    });
  }
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}
