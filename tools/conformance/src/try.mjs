import * as tf from '@tensorflow/tfjs-core'; import '@tensorflow/tfjs-backend-wasm'; tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
import { operationCases } from './cases/operations.mjs';
import { references, runCases } from './runCases.mjs';
import { startBackend } from '@dpquant/backends';
const r = await references(operationCases, startBackend);
for (const b of process.argv.slice(2)) {
  await startBackend(b);
  let t = performance.now();
  const res = await runCases(operationCases, r, b === 'cpu', (x) => x.status === 'failed' && console.log(b, x.name, x.problem));
  console.log(b, res.length, res.filter((x) => x.status === 'failed').length, Math.max(...res.map(x=>x.difference)), performance.now() - t);
}
