import * as tf from '@tensorflow/tfjs-core';
import { compare } from './compare.mjs';
import { recordKernels } from './recordKernels.mjs';

/**
 * @typedef {object} CaseResult
 * @property {string} group
 * @property {string} name
 * @property {'passed' | 'failed' | 'reference' | 'unsupported'} status `reference`: the others are
 *   compared with it; `unsupported`: the problem says why
 * @property {number | null} difference see `compare`
 * @property {string | null} problem
 * @property {number} seconds
 */

/**
 * What each case has to give, computed on the cpu backend, without any kernel of ours.
 *
 * @param {readonly import('./conformanceCase.mjs').ConformanceCase[]} cases
 * @param {(name: string) => Promise<unknown>} startBackend
 * @returns {Promise<(import('./conformanceCase.mjs').Results | Error)[]>} in the order of the cases
 */
export async function references(cases, startBackend) {
  await startBackend('cpu');
  const results = [];
  for (const { compute, expected = compute } of cases) {
    results.push(await expected().catch((error) => error));
  }
  return results;
}

/**
 * Runs the cases on the backend that is current and compares them.
 *
 * @param {string} backendName
 * @param {(result: CaseResult) => void} [onResult] called after each case
 * @returns {Promise<{results: CaseResult[], kernelsOf: Set<string>[]}>} with the kernels that each
 *   case ran
 */
export async function runCases(cases, expectations, backendName, onResult) {
  const results = [];
  const kernelsOf = [];
  for (const [i, conformanceCase] of cases.entries()) {
    const { group, name, expected, unsupported } = conformanceCase;
    const kernels = new Set();
    const start = performance.now();
    const isReference = backendName === 'cpu' && !expected;
    const outcome =
      unsupported?.[backendName] !== undefined
        ? { status: 'unsupported', difference: null, problem: unsupported[backendName] }
        : isReference && !(expectations[i] instanceof Error)
          ? { status: 'reference', difference: null, problem: null }
          : await recordKernels(kernels, () => outcomeOf(conformanceCase, expectations[i]));
    const result = { group, name, ...outcome, seconds: (performance.now() - start) / 1000 };
    results.push(result);
    kernelsOf.push(kernels);
    onResult?.(result);
  }
  return { results, kernelsOf };
}

async function outcomeOf({ compute, agreement }, expected) {
  const failed = (problem, difference = null) => ({ status: 'failed', difference, problem });
  if (expected instanceof Error) return failed(`the reference: ${expected.message}`);
  const { numTensors } = tf.memory();
  let found;
  try {
    found = await compute();
  } catch (error) {
    return failed(error.message);
  }
  const { difference, problem } = compare(found, expected, agreement);
  if (problem !== null) return failed(problem, difference);
  const left = tf.memory().numTensors - numTensors;
  if (left !== 0) return failed(`left ${left} tensors behind`, difference);
  return { status: 'passed', difference, problem };
}
