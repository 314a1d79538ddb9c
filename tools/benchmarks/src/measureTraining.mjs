import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Images/s, peak megabytes and number of parameters of `trainingSpeed.mjs` in a process of its own.
 *
 * @param variant forward, plain, or the percentage of the layers in the format
 * @param settings `node` is the program that runs it
 */
export function measureTraining(
  model,
  variant,
  threads,
  { backend = 'wasm', format = 'luq-fp4', node = process.execPath } = {},
) {
  const script = fileURLToPath(new URL('trainingSpeed.mjs', import.meta.url));
  const { status, stdout, stderr, error } = spawnSync(
    node,
    [script, model, variant, String(threads), backend, format],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${model}, ${variant}: ${error?.message ?? stderr}`);
  const { examplesPerSecond, megabytes, parameters } = JSON.parse(stdout);
  return {
    imagesPerSecond: Number(examplesPerSecond.toFixed(1)),
    megabytes: Math.round(megabytes),
    parameters,
  };
}
