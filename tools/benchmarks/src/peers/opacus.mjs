import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Seconds a step and megabytes of the same model in PyTorch with Opacus, without optimizer and noise, or null
 * where Python does not have them.
 *
 * @param setting {model, batch, turns, threads}
 */
export function opacus(setting, log) {
  const script = fileURLToPath(new URL('opacusStep.py', import.meta.url));
  const { status, stdout, stderr, error } = spawnSync(process.env.PYTHON ?? 'python3', [script], {
    input: JSON.stringify(setting),
    encoding: 'utf8',
  });
  if (status === 0) return JSON.parse(stdout);
  const reason = error?.message ?? stderr.trim().split('\n').at(-1);
  log(`without Opacus (${reason}); pip install opacus, and PYTHON names the interpreter`);
  return null;
}
