import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { measureSideBySide } from './measure.mjs';

const setting = { sampleRate: 0.01, noiseMultiplier: 1, steps: 10_000, delta: 1e-5, epsilon: 8 };

/** What a run, a progress line and a calibration pay for tight accounting. */
export default {
  name: 'accounting',
  description:
    'ε and noise calibration of @dpquant/accounting, beside dp_accounting where Python has it',

  async run({ log }) {
    const { calibrateNoiseMultiplier, createAccountant, gaussian, poissonSampled } =
      await loadAccounting();
    const { sampleRate, noiseMultiplier, steps, delta, epsilon } = setting;
    const epsilonBy = (name) =>
      createAccountant(name)
        .compose(poissonSampled(sampleRate, gaussian(noiseMultiplier)), steps)
        .epsilon(delta);
    const noiseBy = (accountant) =>
      calibrateNoiseMultiplier({ epsilon, delta, sampleRate, steps, accountant });
    log(
      `q = ${sampleRate}, σ = ${noiseMultiplier}, T = ${steps}, δ = ${delta}; calibration to ε = ${epsilon}`,
    );

    const subjects = ['pld', 'rdp'].flatMap((name) => [
      { name: `ε, ${name}`, operations: 1, run: () => epsilonBy(name), value: epsilonBy(name) },
      { name: `σ, ${name}`, operations: 1, run: () => noiseBy(name), value: noiseBy(name) },
    ]);
    const times = await measureSideBySide(subjects, { turns: 7 });
    const peer = dpAccounting(log);
    return times.map(({ name, nanoseconds }, i) => {
      const milliseconds = nanoseconds / 1e6;
      const other =
        name === 'ε, pld' ? peer?.epsilon : name === 'σ, pld' ? peer?.noiseMultiplier : null;
      return {
        what: name,
        value: Number(subjects[i].value.toFixed(7)),
        milliseconds: Number(milliseconds.toFixed(2)),
        'dp_accounting value': other ? Number(other.value.toFixed(7)) : null,
        'dp_accounting milliseconds': other ? Number(other.milliseconds.toFixed(1)) : null,
        'times faster': other ? Number((other.milliseconds / milliseconds).toFixed(1)) : null,
      };
    });
  },
};

/**
 * The same by Google's dp_accounting, or null where Python does not have it. `PYTHON` names the
 * interpreter.
 */
function dpAccounting(log) {
  const script = fileURLToPath(new URL('peers/dpAccounting.py', import.meta.url));
  const { status, stdout, stderr, error } = spawnSync(process.env.PYTHON ?? 'python3', [script], {
    input: JSON.stringify({ ...setting, turns: 5 }),
    encoding: 'utf8',
  });
  if (status === 0) return JSON.parse(stdout);
  const reason = error?.message ?? stderr.trim().split('\n').at(-1);
  log(
    `without dp_accounting (${reason}); pip install dp-accounting, and PYTHON names the interpreter`,
  );
  return null;
}

async function loadAccounting() {
  try {
    return await import('@dpquant/accounting');
  } catch (cause) {
    throw new Error('the packages are not built: run `npm run build` first', { cause });
  }
}
