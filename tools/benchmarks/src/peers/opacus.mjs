import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** With what the figures of docs/benchmarks.md were taken. */
const installation = 'pip install torch==2.15.0 opacus==1.6.0';

/**
 * Seconds a step and megabytes of the same model in PyTorch with Opacus, or null where Python does
 * not have them.
 *
 * @param setting {model, batch, turns, threads, kinds, whole}: a whole step adds noise and updates
 *   the weights, others, the default, end with the clipped sum; kinds are some of plain, hooks and
 *   ghost, by default all; without any of them it only says the version
 */
export function opacus(setting, log) {
  const script = fileURLToPath(new URL('opacusStep.py', import.meta.url));
  // What was set for other programs' products must not choose how PyTorch multiplies.
  const env = { ...process.env };
  delete env.OPENBLAS_CORETYPE;
  delete env.OPENBLAS_L2_SIZE;
  const { status, stdout, stderr, error } = spawnSync(env.PYTHON ?? 'python3', [script], {
    input: JSON.stringify({ kinds: ['plain', 'hooks', 'ghost'], whole: false, ...setting }),
    encoding: 'utf8',
    env,
  });
  if (status === 0) return JSON.parse(stdout);
  const reason = error?.message ?? stderr.trim().split('\n').at(-1);
  log(`without Opacus (${reason}); ${installation} gets it, and PYTHON names the interpreter`);
  return null;
}
