import { describe, expect, it } from '@jest/globals';
import { testsOf, type SuiteReport } from './testing/report.ts';
import { runScript } from './testing/runScript.ts';

interface BrowserReport extends SuiteReport {
  readonly bundle: { readonly kilobytes: number; readonly gzipKilobytes: number };
}

/** Of a Chromium, if there is one, in a worker of a cross-origin isolated page. */
const reportOf = (...parameters: string[]) =>
  runScript('browserMain.mjs', parameters) as BrowserReport;

/**
 * What is our own; TensorFlow.js's operations are the same code as in Node, and slow to compile.
 */
const ownGroups = 'quantizers,products,norms,training';

const whole = reportOf('--backends', 'wasm');
const ofWebGpu = reportOf('--keep-bundle', '--backends', 'webgpu', '--only', ownGroups);

describe('in a browser', () => {
  testsOf(whole);
  testsOf(ofWebGpu);

  const { kilobytes, gzipKilobytes } = whole.bundle;
  it(`the bundle has ${kilobytes} KB minified, ${gzipKilobytes} KB gzip`, () => {
    expect(gzipKilobytes).toBeLessThan(500);
  });
});

const withoutGpu = reportOf(
  '--keep-bundle',
  '--without-webgpu',
  '--backends',
  'webgpu',
  '--only',
  'neg',
);
(whole.backends[0]!.isAvailable ? describe : describe.skip)('a page without WebGPU', () => {
  it('says so, and what to do', () => {
    expect(withoutGpu.backends[0]).toMatchObject({
      isAvailable: false,
      shown: expect.stringMatching(/^webgpu: .*use the backend wasm$/),
    });
  });
});
