import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { loadCheckpoint, readCheckpointSettings, saveCheckpoint } from '../durable/checkpoint.ts';
import { smallTrainer, stripes, stripesModel, weightsOf } from '../testing/smallRun.ts';
import { CheckpointFolder } from './checkpointFolder.ts';
import { inTemporaryFolder } from './testing/temporaryFolder.ts';

let folder: string;
beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});
inTemporaryFolder((path) => (folder = path));
const store = () => new CheckpointFolder(folder);

const training = stripes();
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A finished run, and a function that saves it. */
async function trained(plan: Parameters<typeof smallTrainer>[0]) {
  const run = smallTrainer(plan);
  await run.trainer.run();
  const content = () => ({
    model: run.model,
    training,
    position: run.trainer.position,
    plan: run.plan.state(),
    ledger: run.ledger,
  });
  return { ...run, content };
}

describe('checkpoint', () => {
  it('restores weights, position and optimizer', async () => {
    const { trainer, model, content } = await trained({ plan: { steps: 5 } });
    await saveCheckpoint(store(), content());
    await writeFile(join(folder, 'values-4.bin'), 'left behind by a crash');
    await writeFile(join(folder, 'values-5.bin.tmp'), 'left behind by a crash');
    await saveCheckpoint(store(), content());
    const other = stripesModel(99);
    const restored = await loadCheckpoint(store(), { model: other, training });
    expect(weightsOf(other)).toEqual(weightsOf(model));
    expect(restored).toEqual({
      position: trainer.position,
      plan: {},
      charged: 5,
      weightAverage: null,
    });
    expect((await readdir(folder)).sort()).toEqual(['state.json', 'values-5.bin']);
  });

  it('restores reproducible randomness', async () => {
    const { plan, content } = await trained({
      plan: { steps: 2, insecureSeed: 4, quantileClipping: {} },
    });
    await saveCheckpoint(store(), content());
    const restored = await loadCheckpoint(store(), { model: stripesModel(), training });
    expect(restored.plan).toEqual(plan.state());
  });

  it('restores weight average, loss impacts and early stop', async () => {
    const { content } = await trained({ plan: { steps: 1 } });
    const weightAverage = new Map([
      ['average', [Float32Array.of(1, 2), Float32Array.of(3)]],
      ['updates', [Float32Array.of(7)]],
    ]);
    const position = {
      ...content().position,
      impacts: {
        released: new Map([['conv', -0.3]]),
        smoothed: new Map([['conv', -0.1]]),
        calendar: { done: [0, 2], skip: 1 },
      },
      earlyStop: { best: -Infinity, since: 0 },
    };
    await saveCheckpoint(store(), { ...content(), position, weightAverage });
    const restored = await loadCheckpoint(store(), { model: stripesModel(), training });
    expect(restored.position).toEqual(position);
    expect(restored.weightAverage).toEqual(weightAverage);
  });

  it("stores the run's settings, which can be read without model and data", async () => {
    const { content } = await trained({ plan: { steps: 1 } });
    const settings = [['options.delta', '0.1']] as const;
    await saveCheckpoint(store(), { ...content(), settings });
    expect(await readCheckpointSettings(store())).toEqual(settings);
    const renamed = { ...training, name: 'renamed' };
    const subject = { model: stripesModel(), training: renamed };
    await loadCheckpoint(store(), { ...subject, settings });
    const others = [['options.delta', '0.2']] as const;
    await expect(loadCheckpoint(store(), { ...subject, settings: others })).rejects.toThrow(
      /other data: expected name "stripes", got name "renamed"/,
    );
    await saveCheckpoint(store(), content());
    expect(await readCheckpointSettings(store())).toBeUndefined();
  });

  it('says when there is none', async () => {
    const model = stripesModel();
    await expect(loadCheckpoint(store(), { model, training })).rejects.toThrow(
      /there is none.*--force/,
    );
  });
});

describe('a checkpoint that does not fit', () => {
  let content: Awaited<ReturnType<typeof trained>>['content'];
  beforeEach(async () => {
    ({ content } = await trained({ plan: { steps: 1 } }));
    await saveCheckpoint(store(), content());
  });

  const dense = (units: number) =>
    tfl.sequential({ layers: [tfl.layers.dense({ name: 'conv', inputShape: [3], units })] });
  const state = () => join(folder, 'state.json');
  const values = () => join(folder, 'values-1.bin');
  const edit = (change: (text: string) => string) => async () =>
    writeFile(state(), change(await readFile(state(), 'utf8')));
  /** As an attacker would. */
  const signed = (change: (state: Record<string, unknown>) => object) =>
    edit((text) => {
      const { checksum, ...before } = JSON.parse(text) as Record<string, unknown>;
      expect(checksum).toBe(sha256(JSON.stringify(before)));
      const state = change(before);
      return JSON.stringify({ ...state, checksum: sha256(JSON.stringify(state)) });
    });
  const spoil = (change: (bytes: Buffer) => Buffer) => async () =>
    writeFile(values(), change(await readFile(values())));
  const flipped = (bytes: Buffer) => {
    bytes[100]! ^= 1;
    return bytes;
  };

  it.each<[string, () => Promise<void>, RegExp]>([
    ['values cut short', spoil((bytes) => bytes.subarray(4)), /values-1\.bin: is damaged/],
    ['one bit of a value', spoil(flipped), /values-1\.bin: is damaged.*start the run again/],
    ['no values', () => rm(values()), /values-1\.bin: is damaged \(the file is missing\)/],
    ['state cut short', edit((text) => text.slice(0, 99)), /state\.json: is damaged/],
    ['state of no sense', edit(() => 'null'), /expected version 1, got undefined/],
    [
      'values in another folder',
      signed((state) => ({ ...state, values: { ...(state.values as object), file: '../x.bin' } })),
      /state\.json: is damaged \(it names no file of values in its own folder\)/,
    ],
    [
      'another step',
      edit((text) => text.replace('"step":1', '"step":2')),
      /state\.json: is damaged \(its checksum/,
    ],
    [
      'another version',
      edit((text) => text.replace('"version":1', '"version":2')),
      /expected version 1, got 2/,
    ],
  ])('changes nothing: %s', async (_, damage, message) => {
    await damage();
    const before = await readFile(state(), 'utf8');
    const model = stripesModel();
    const weights = weightsOf(model);
    await expect(loadCheckpoint(store(), { model, training })).rejects.toThrow(message);
    expect(weightsOf(model)).toEqual(weights);
    expect(await readFile(state(), 'utf8')).toBe(before);
  });

  it('changes nothing: another model', async () => {
    const model = dense(2);
    const weights = weightsOf(model);
    await expect(loadCheckpoint(store(), { model, training })).rejects.toThrow(
      /another model: expected conv\/kernel \[3,3,1,4\], got conv\/kernel \[3,2\]; resume with the model/,
    );
    expect(weightsOf(model)).toEqual(weights);
  });

  it.each([
    ['name', { name: 'digits' }, /other data: expected name "stripes", got name "digits"/],
    ['units', { privacyUnits: { ...training.privacyUnits, count: 30 } }, /privacy units 30/],
    ['shape', { inputShape: [16] }, /expected input shape \[4,4,1\], got input shape \[16\]/],
    [
      'classes',
      { classNames: ['left', 'top'] },
      /class names \["left","top"\]; resume with the data/,
    ],
  ])('changes nothing: data of another %s', async (_, change, message) => {
    const model = stripesModel();
    const weights = weightsOf(model);
    const other = { ...training, ...change };
    await expect(loadCheckpoint(store(), { model, training: other })).rejects.toThrow(message);
    expect(weightsOf(model)).toEqual(weights);
  });
});
