import { describe, expect, it } from '@jest/globals';
import { runScript } from './testing/runScript.ts';
import { testsOf, type SuiteReport } from './testing/report.ts';

const suite = runScript('main.mjs', ['--json']) as SuiteReport;
testsOf(suite);

it('calls a problem what is one, and nothing else', () => {
  const problems = (runScript('testing/judgements.mjs') as [string, boolean][])
    .filter(([, isProblem]) => isProblem)
    .map(([what]) => what);
  expect(problems).toEqual([
    'a bit apart',
    'beyond it',
    'NaN for a number',
    'a number for NaN',
    'infinity for a number',
    'a number missing',
    'two of four differ',
    'another list',
    'a layer runs one without',
    'one is installed without',
  ]);
});

describe.each([
  ['wasm', 10],
  ['webgpu', 5],
])('on %s', (name, least) => {
  const { isAvailable } = suite.backends.find((backend) => backend.name === name)!;

  (isAvailable ? it : it.skip)('every kernel that is broken on purpose is found', () => {
    const found = runScript('testing/brokenKernels.mjs', [name]) as {
      kernelName: string;
      cases: number;
      failed: number;
    }[];
    expect(found.length).toBeGreaterThan(least);
    expect(found.filter(({ failed }) => failed === 0)).toEqual([]);
  });
});

describe('a backend that is not there', () => {
  const withoutGpu = { VK_ICD_FILENAMES: '/none', VK_DRIVER_FILES: '/none' };
  const reportOf = (environment: Record<string, string>) =>
    (
      runScript('main.mjs', ['--json', '--only', 'operations: neg'], environment) as SuiteReport
    ).backends.find(({ name }) => name === 'node')!;

  it('is reported with the reason, and is a failure where it is required', () => {
    expect(reportOf({ ...withoutGpu, DPQUANT_REQUIRE_BACKENDS: '' })).toMatchObject({
      isAvailable: false,
      isRequired: false,
      reason: expect.stringMatching(/tfjs-node is not installed/),
    });
    expect(reportOf({ ...withoutGpu, DPQUANT_REQUIRE_BACKENDS: 'node' })).toMatchObject({
      isAvailable: false,
      isRequired: true,
    });
  });
});
