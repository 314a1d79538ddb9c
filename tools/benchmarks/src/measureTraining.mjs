import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Images/s and peak megabytes of `trainingSpeed.mjs` in a process of its own.
 *
 * @param variant forward, plain, or the percentage of the layers in the format
 */
export function measureTraining(model, variant, threads, backend = 'wasm', format = 'luq-fp4') {
  const script = fileURLToPath(new URL('trainingSpeed.mjs', import.meta.url));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [script, model, variant, String(threads), backend, format],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${model}, ${variant}: ${stderr}`);
  const { examplesPerSecond, megabytes } = JSON.parse(stdout);
  return {
    imagesPerSecond: Number(examplesPerSecond.toFixed(1)),
    megabytes: Math.round(megabytes),
  };
}
