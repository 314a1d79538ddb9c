import { missingKernels } from './missingKernels.mjs';
import { references, runCases } from './runCases.mjs';

/**
 * @typedef {object} BackendReport
 * @property {string} name
 * @property {boolean} isAvailable
 * @property {string} [device] what computed, in words
 * @property {string} [reason] why it does not run
 * @property {import('./runCases.mjs').CaseResult[]} results empty where it does not run
 */

/**
 * Runs cases on one backend after the other. Runs in Node and in browsers.
 *
 * @param {object} options
 * @param {readonly import('./conformanceCase.mjs').ConformanceCase[]} options.cases
 * @param {readonly string[]} options.backendNames
 * @param {(name: string, options?: object) => Promise<object>} options.startBackend that of
 *   @dpquant/backends
 * @param {boolean} [options.isWhole] whether the cases are all that there are, so that they have to
 *   leave out no kernel. Default true
 * @param {(backend: string, result: import('./runCases.mjs').CaseResult) => void}
 *   [options.onResult]
 * @returns {Promise<BackendReport[]>}
 */
export async function runSuite({ cases, backendNames, startBackend, isWhole = true, onResult }) {
  const expectations = await references(cases, startBackend);
  const reports = [];
  for (const name of backendNames) {
    let backend;
    try {
      backend = await startBackend(name);
      // Where float32 was measured to be faster, the kernels for integers have to be right all the
      // same.
      if (backend.products.milliseconds)
        backend = await startBackend(name, { products: 'integer' });
    } catch (error) {
      if (error.name !== 'BackendUnavailableError') throw error;
      reports.push({ name, isAvailable: false, reason: error.message, results: [] });
      continue;
    }
    const report = (result) => onResult?.(name, result);
    const { results, kernelsOf } = await runCases(cases, expectations, name, report);
    if (isWhole && name !== 'cpu') {
      for (const result of missingKernels(cases, kernelsOf, backend)) {
        results.push(result);
        report(result);
      }
    }
    reports.push({ name, isAvailable: true, device: backend.device, results });
  }
  return reports;
}
