import * as tf from '@tensorflow/tfjs-core';
import { startBackend, stopBackends } from '@dpquant/backends';
import { allCases } from '../allCases.mjs';
import { references, runCases } from '../runCases.mjs';

// Breaks each kernel that this project installs on a backend, `wasm` or `webgpu`, one at a time,
// and on wasm a few of the backend's own: prints how many cases run it, and how many of those fail.

const breakers = { wasm: breakInMemory, webgpu: breakInBuffer };
const stockKernels = { wasm: ['Relu', 'Transpose'], webgpu: [] };

const [, , backendName] = process.argv;
const breakResult = breakers[backendName];
const cases = allCases.filter(({ group }) => group !== 'training' && !group.startsWith('layers'));
const expectations = await references(cases, startBackend);
const { installedKernels } = await startBackend(backendName);
const { kernelsOf } = await runCases(cases, expectations, backendName);

const found = [];
for (const kernelName of [...installedKernels, ...stockKernels[backendName]]) {
  const running = cases.flatMap((_, i) => (kernelsOf[i].has(kernelName) ? [i] : []));
  const repair = breakKernel(kernelName);
  const { results } = await runCases(
    running.map((i) => cases[i]),
    running.map((i) => expectations[i]),
    backendName,
  );
  repair();
  const failed = results.filter(({ status }) => status === 'failed').length;
  found.push({ kernelName, cases: running.length, failed });
}
stopBackends();
console.log(JSON.stringify(found));

/** Lets the kernel's first result be wrong; returns what undoes it. */
function breakKernel(kernelName) {
  const right = tf.getKernel(kernelName, backendName);
  replace({
    ...right,
    kernelFunc(call) {
      const results = right.kernelFunc(call);
      breakResult(call.backend, [results].flat()[0]);
      return results;
    },
  });
  return () => replace(right);
}

function replace(kernel) {
  tf.unregisterKernel(kernel.kernelName, backendName);
  tf.registerKernel(kernel);
}

/** In its last value. */
function breakInMemory(backend, { dataId, dtype }) {
  const { shape } = backend.dataIdMap.get(dataId);
  const heap = backend.typedArrayFromHeap({ dataId, dtype, shape });
  heap[heap.length - 1] = heap[heap.length - 1] * 1.01 + 1;
}

/**
 * In its first and its last value: the last one of a gradient norm is a factor of its bound, which
 * is loose.
 */
function breakInBuffer(backend, { dataId, shape }) {
  const { resource } = backend.tensorMap.get(dataId);
  // The right values have to be there first.
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.submitQueue();
  for (const place of [0, tf.util.sizeFromShape(shape) - 1]) {
    backend.device.queue.writeBuffer(resource, 4 * place, Float32Array.of(1234.5));
  }
}
