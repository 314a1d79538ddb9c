import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { gradientSteps, modelNames } from './gradientSteps.mjs';
import { measureSideBySide } from './measure.mjs';
import { opacus } from './peers/opacus.mjs';

/**
 * What privacy costs a step: clipped sums of per-example gradients beside the gradient of the mean.
 */
export default {
  name: 'gradients',
  description: 'private against non-private step of @dpquant/gradients, beside Opacus where it is',

  async run({ log }) {
    const rows = [];
    for (const name of modelNames) {
      const { backend, batch, turns, forward, plain, privately } = await gradientSteps(name);
      log(`${name}: backend ${backend}, medians of ${turns} turns, without optimizer and noise`);
      const marks = [];
      const subjects = [
        { name: 'forward only', operations: batch, run: forward },
        { name: 'plain', operations: batch, run: plain },
        { name: 'private', operations: batch, run: privately('float32', marks) },
        { name: 'private, luq-fp4', operations: batch, run: privately('luq-fp4') },
      ];
      const results = await measureSideBySide(subjects, { turns });
      const plainTime = results[1].nanoseconds;
      const memory = { plain: peakMemory(name, 'plain'), private: peakMemory(name, 'float32') };
      const row = (step, nanoseconds, reference, more = {}) => ({
        model: `${name}, batch ${batch}`,
        step,
        'examples/s': Number((1e9 / nanoseconds).toFixed(1)),
        'time / plain': Number((nanoseconds / reference).toFixed(2)),
        'peak MB': null,
        shares: null,
        ...more,
      });
      const megabytes = (step) => ({ 'peak MB': Number(memory[step]?.toFixed(0)) });
      for (const { name: step, nanoseconds } of results) {
        rows.push(
          row(step, nanoseconds, plainTime, {
            ...(step in memory && megabytes(step)),
            ...(step === 'private' && { shares: shares(marks) }),
          }),
        );
      }
      for (const threads of [1, 2]) {
        const peer = opacus({ model: name, batch, turns, threads }, log);
        if (!peer) break;
        for (const [step, { seconds, megabytes: peak }] of Object.entries(peer.steps)) {
          rows.push(
            row(
              `${peer.version}, ${threads} threads: ${step}`,
              (seconds * 1e9) / batch,
              (peer.steps.plain.seconds * 1e9) / batch,
              { 'peak MB': Number(peak.toFixed(0)) },
            ),
          );
        }
      }
    }
    return rows;
  },
};

/**
 * Share of each part of a step in the time of all steps, from the times at which the parts ended.
 */
function shares(marks) {
  const times = new Map();
  let total = 0;
  marks.forEach(([part, time], i) => {
    if (part === 'start') return;
    const took = time - marks[i - 1][1];
    times.set(part, (times.get(part) ?? 0) + took);
    total += took;
  });
  return [...times]
    .map(([part, time]) => `${part} ${Math.round((100 * time) / total)} %`)
    .join(', ');
}

function peakMemory(model, step) {
  const script = fileURLToPath(new URL('peakMemory.mjs', import.meta.url));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--expose-gc', script, model, step],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`peak memory of ${model}: ${stderr}`);
  return Number(stdout);
}
