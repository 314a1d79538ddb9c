import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { PrivacyLedger } from '@dpquant/accounting';
import { loadModel } from '@dpquant/models/node';
import type { RunSummary } from '@dpquant/training';
import type { RunConfig } from '../run/runRecords.ts';
import { dpquant } from '../testing/recordedCommand.ts';
import { json, lines, mnistRun, shortRuns } from '../testing/shortRun.ts';
import { temporaryFolder } from '../testing/temporaryFolder.ts';

jest.setTimeout(120_000);

const folder = temporaryFolder();
const { train } = shortRuns();

describe('train', () => {
  it('leaves a run folder, and evaluate agrees with it', async () => {
    const out = join(folder(), 'run');
    const {
      code,
      out: answer,
      err,
    } = await dpquant('train', ...mnistRun, '--policy', 'static', '--json', '--out', out);
    expect(code).toBe(0);
    const summary = JSON.parse(answer) as RunSummary;
    expect(summary).toEqual(json(join(out, 'summary.json')));
    expect(summary).toMatchObject({
      run: out,
      backend: 'wasm',
      guarantee: 'differential privacy',
      arithmetic: 'exact',
      delta: 1e-5,
      epsilonTarget: 3,
      quantizedFraction: 0.75,
      steps: 4,
      stopped: 'finished',
    });
    expect(summary.epsilon).toBeLessThanOrEqual(3);
    expect(summary.theoreticalSpeedup).toBeGreaterThan(1);
    expect(summary.examplesPerSecond).toBeGreaterThan(0);

    const ledger = PrivacyLedger.fromJSON(json(join(out, 'ledger.json')));
    expect(ledger.entries).toHaveLength(1);
    expect(ledger.entries[0]).toMatchObject({ label: 'training', count: 4 });
    expect(summary.analyses).toEqual({ count: 0, epsilon: 0, seconds: 0 });
    expect(ledger.epsilon(1e-5)).toBe(summary.epsilonSpent);
    expect(summary.epsilon).toBe(summary.epsilonSpent);

    const [epoch] = lines(join(out, 'schedule.jsonl'));
    const formats = Object.values(epoch!['layers'] as Record<string, string>);
    expect(formats.filter((format) => format === 'luq-fp4')).toHaveLength(3);
    expect(formats.filter((format) => format === 'float32')).toHaveLength(1);
    expect(err.find((line) => line.startsWith('epoch 1/1'))).toMatch(/luq-fp4: \w+ \w+ \w+$/);
    expect(lines(join(out, 'metrics.jsonl'))).toMatchObject([{ arithmetic: 'exact' }]);
    expect(err.join()).not.toMatch(/not exact/);

    // Nothing un-noised about the private examples, and no private randomness.
    const written = ['config', 'summary'].map((name) =>
      JSON.stringify(json(join(out, `${name}.json`))),
    );
    const metrics = readFileSync(join(out, 'metrics.jsonl'), 'utf8');
    for (const text of [...written, metrics, ...err]) {
      expect(text).not.toMatch(/loss|clipped|norms|"units"|"random"/);
    }

    const evaluated = await dpquant('evaluate', out, '--json');
    expect(JSON.parse(evaluated.out)).toMatchObject({
      accuracy: summary.accuracy,
      examples: 9000,
      data: 'mnist',
    });
    const before = tf.memory().numTensors;
    const model = await loadModel(join(out, 'model'));
    expect(model.outputShape).toEqual([null, 10]);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);

    const again = await dpquant('train', ...mnistRun, '--out', out);
    expect([again.code, again.err]).toEqual([
      2,
      [
        `dpquant: out: ${out} already holds a run; use --resume to continue it, --force to replace it, or another folder`,
      ],
    ]);
    const resumed = await dpquant('train', '--resume', '--out', out);
    expect([resumed.code, resumed.err[0]]).toEqual([2, expect.stringMatching(/is finished/)]);
  });

  it('repeats a run under an insecure seed and says that it guarantees nothing', async () => {
    const runs = [join(folder(), 'a'), join(folder(), 'b')];
    for (const out of runs) {
      const {
        code,
        out: answer,
        err,
      } = await train('--insecure-seed', '7', '--json', '--out', out);
      expect(code).toBe(0);
      expect((JSON.parse(answer) as RunSummary).guarantee).toBe('none');
      expect(err.join()).toMatch(/No privacy guarantee.*no privacy guarantee/);
    }
    for (const file of ['model/weights.bin', 'ledger.json', 'schedule.jsonl']) {
      const [a, b] = await Promise.all(runs.map((out) => readFile(join(out, file))));
      expect(a!.equals(b!)).toBe(true);
    }
  });

  it('does not repeat a run that is only seeded, but its split and schedule', async () => {
    const runs = [join(folder(), 'a'), join(folder(), 'b')];
    const args = ['--seed', '7', '--policy', 'probabilistic'];
    for (const out of runs) await train(...args, '--out', out);
    const [a, b] = runs as [string, string];
    const weights = (out: string) => readFileSync(join(out, 'model/weights.bin'));
    expect(weights(a).equals(weights(b))).toBe(false);
    expect(lines(join(a, 'schedule.jsonl'))).toEqual(lines(join(b, 'schedule.jsonl')));
  });

  it('saves on SIGINT, exits with 130, and resumes to the weights of a run never stopped', async () => {
    const whole = join(folder(), 'whole');
    const stopped = join(folder(), 'stopped');
    const args = ['--insecure-seed', '3', '--epochs', '2'];
    await train(...args, '--out', whole);
    // The first step is charged in the ledger: interrupt as soon as it is.
    const interrupted = train(...args, '--out', stopped);
    while (!existsSync(join(stopped, 'schedule.jsonl'))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    process.emit('SIGINT');
    const { code, err } = await interrupted;
    expect(code).toBe(130);
    expect(err.join('\n')).toMatch(/state is saved.*--resume --out/);
    expect(existsSync(join(stopped, 'summary.json'))).toBe(false);
    expect((await dpquant('evaluate', stopped)).err[0]).toMatch(/not finished/);

    const other = await dpquant('train', '--resume', '--out', stopped, '--epsilon', '2');
    expect([other.code, other.err[0]]).toEqual([2, expect.stringMatching(/started with 3/)]);
    expect((await dpquant('train', '--resume', '--out', stopped)).code).toBe(0);
    for (const file of ['model/weights.bin', 'ledger.json', 'schedule.jsonl']) {
      expect(readFileSync(join(stopped, file)).equals(readFileSync(join(whole, file)))).toBe(true);
    }
    expect(lines(join(stopped, 'metrics.jsonl')).map(({ epoch }) => epoch)).toEqual([0, 1]);
  });

  it('records how integers are multiplied, and resumes with the same', async () => {
    const out = join(folder(), 'run');
    const args = ['--policy', 'static', '--epochs', '2', '--backend', 'wasm', '--out', out];
    const interrupted = train(...args);
    while (!existsSync(join(out, 'schedule.jsonl'))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    process.emit('SIGINT');
    const { err } = await interrupted;
    expect(err.join('\n')).toMatch(/in luq-fp4, multiplied as integers \(faster than float32: /);
    const path = join(out, 'config.json');
    const config = json(path) as RunConfig;
    expect(config.options.products).toBe('auto');
    expect(config.backend).toMatchObject({ name: 'wasm', products: 'integer' });
    // As on a device where float32 was faster when the run began.
    const began = { ...config.backend, products: 'float32' };
    writeFileSync(path, JSON.stringify({ ...config, backend: began }));
    const resumed = await dpquant('train', '--resume', '--out', out);
    expect(resumed.err.join('\n')).toMatch(
      /in luq-fp4, simulated in float32 \(as when the run began\)/,
    );
    const other = ['--resume', '--out', out, '--products', 'integer'];
    expect((await dpquant('train', ...other)).err[0]).toMatch(
      /products: the run was started with auto/,
    );
  });

  it('charges steps that were lost, and stops with 3 before the budget is passed', async () => {
    const out = join(folder(), 'run');
    const interrupted = train('--policy', 'probabilistic', '--epochs', '2', '--out', out);
    while (!existsSync(join(out, 'schedule.jsonl'))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    process.emit('SIGINT');
    await interrupted;
    // As after a crash: two steps more in the ledger than in the checkpoint.
    const path = join(out, 'ledger.json');
    const ledger = PrivacyLedger.fromJSON(json(path));
    ledger.record(ledger.entries[0]!.event, 'training', 2);
    await writeFile(path, JSON.stringify(ledger));
    const { code, out: answer, err } = await dpquant('train', '--resume', '--json', '--out', out);
    expect(code).toBe(3);
    const lost = expect.stringMatching(/^2 steps .* are lost\. They stay charged, .* step 6 of 8$/);
    // Before it goes on, and in the end.
    expect(err.filter((line) => line.includes('lost'))).toEqual([lost, lost]);
    const summary = JSON.parse(answer) as RunSummary;
    expect(summary).toMatchObject({ stopped: 'privacy budget exhausted' });
    // Two steps were lost, and none by the interruption.
    expect(summary.steps).toBe(6);
    expect(summary.epsilon).toBeLessThanOrEqual(3);
    const charged = PrivacyLedger.fromJSON(json(path)).entries;
    expect(charged.reduce((sum, { count }) => sum + count, 0)).toBe(8);
    // The epoch that they are missing in has its record too.
    const records = lines(join(out, 'metrics.jsonl'));
    expect(records.map(({ epoch, step }) => [epoch, step])).toEqual([
      [0, 4],
      [1, 6],
    ]);
    expect(records[1]).toMatchObject({
      epsilon: summary.epsilonSpent,
      validationAccuracy: summary.accuracy,
    });
  });

  it('trusts no ledger that shows fewer steps than the checkpoint', async () => {
    const out = join(folder(), 'run');
    const interrupted = train('--epochs', '1', '--out', out);
    while (!existsSync(join(out, 'schedule.jsonl'))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    process.emit('SIGINT');
    await interrupted;
    const path = join(out, 'ledger.json');
    const charged = readFileSync(path, 'utf8');
    const { run } = PrivacyLedger.fromJSON(JSON.parse(charged));
    writeFileSync(path, JSON.stringify(new PrivacyLedger({ run })));
    const { code, err } = await dpquant('train', '--resume', '--out', out);
    expect(code).toBe(1);
    expect(err.at(-1)).toMatch(/ledger: shows 0 charged events, the checkpoint was saved after \d/);
    writeFileSync(path, charged);
    // Nor did the interruption lose a step: the run comes to its goal.
    expect((await dpquant('train', '--resume', '--out', out)).code).toBe(0);
  });

  it('takes settings from a file, below the flags', async () => {
    const config = join(folder(), 'config.json');
    // With a byte order mark, as some editors write it.
    const settings = JSON.stringify({ 'clip-norm': 0.5, epsilon: 4, policy: 'full' });
    writeFileSync(config, `\uFEFF${settings}`);
    const out = join(folder(), 'run');
    await train('--config', config, '--epsilon', '5', '--out', out);
    const first = json(join(out, 'config.json')) as RunConfig;
    const { options } = first;
    expect(options).toMatchObject({ clipNorm: 0.5, epsilon: 5, policy: 'full' });
    expect(first.given).toEqual(expect.arrayContaining(['clipNorm', 'epsilon', 'policy']));
    expect(first.given).not.toContain('delta');
    writeFileSync(config, JSON.stringify({ flip: true, 'no-privacy': true, policy: 'full' }));
    await train('--config', config, '--force', '--out', out);
    const { options: switches } = json(join(out, 'config.json')) as RunConfig;
    expect(switches).toMatchObject({ flip: true, privacy: false });
  });

  it('warns of a δ that protects nobody, and of none that does', async () => {
    const { code, err } = await train('--delta', '0.001', '--out', join(folder(), 'a'));
    expect(code).toBe(0);
    expect(err[0]).toMatch(/^warning: δ = 0.001 is not below 1\/1000/);
    const other = await train('--delta', '0.0009', '--out', join(folder(), 'b'));
    expect(other.err.join()).not.toMatch(/warning/);
  });
});
