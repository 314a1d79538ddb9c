import * as tf from '@tensorflow/tfjs-core';
import { startBackend, stopBackends } from '@dpquant/backends';
import { allCases } from '../allCases.mjs';
import { references, runCases } from '../runCases.mjs';

// Breaks each kernel that this project installs on wasm, one at a time, and a few of the backend's own: prints how
// many cases run it, and how many of those fail.

const stock = ['Relu', 'Conv2D', 'Transpose', 'Sum', '_FusedMatMul'];
const cases = allCases.filter(({ group }) => group !== 'training' && !group.startsWith('layers'));
const expectations = await references(cases, startBackend);
const { installedKernels } = await startBackend('wasm');
const { kernelsOf } = await runCases(cases, expectations, 'wasm');

const found = [];
for (const kernelName of [...installedKernels, ...stock]) {
  const running = cases.flatMap((_, i) => (kernelsOf[i].has(kernelName) ? [i] : []));
  const repair = breakKernel(kernelName);
  const { results } = await runCases(
    running.map((i) => cases[i]),
    running.map((i) => expectations[i]),
    'wasm',
  );
  repair();
  const failed = results.filter(({ status }) => status === 'failed').length;
  found.push({ kernelName, cases: running.length, failed });
}
stopBackends();
console.log(JSON.stringify(found));

/** Lets the kernel's first result be wrong in its last value; returns what undoes it. */
function breakKernel(kernelName) {
  const right = tf.getKernel(kernelName, 'wasm');
  replace({
    ...right,
    kernelFunc(call) {
      const results = right.kernelFunc(call);
      const [{ dataId, dtype }] = [results].flat();
      const heap = call.backend.typedArrayFromHeap({
        dataId,
        dtype,
        shape: [sizeOf(call, dataId)],
      });
      heap[heap.length - 1] = heap[heap.length - 1] * 1.01 + 1;
      return results;
    },
  });
  return () => replace(right);
}

function replace(kernel) {
  tf.unregisterKernel(kernel.kernelName, 'wasm');
  tf.registerKernel(kernel);
}

function sizeOf({ backend }, dataId) {
  return tf.util.sizeFromShape(backend.dataIdMap.get(dataId).shape);
}
