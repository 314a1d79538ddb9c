import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { gzipSync } from 'fflate';
import jpeg from 'jpeg-js';
import { cifarFile, idxFile, npyFile, npzFile } from '../testing/files.ts';
import { encodePng } from '../testing/pngFile.ts';
import { decodeImage } from './decodeImage.ts';
import { loadDataset } from './loadDataset.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-data-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(name: string, content: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

const pixels = Uint8Array.of(0, 50, 255, 1, 2, 3);
const png = encodePng({ width: 2, height: 1, data: pixels, channels: 3 });
const ppm = Uint8Array.from([...new TextEncoder().encode('P6 2 1 255\n'), ...pixels]);
const jpg = jpeg.encode(
  { width: 2, height: 1, data: Buffer.from([9, 9, 9, 255, 9, 9, 9, 255]) },
  100,
).data;
const levels = (inputs: Float32Array) => Array.from(inputs, (value) => Math.round(value * 255));

describe('loadDataset recognizes', () => {
  it('NPZ, with privacy units', async () => {
    const dataset = await loadDataset(await write('a.npz', npzFile()), { privacyUnit: 'y,track' });
    expect([dataset.count, dataset.privacyUnits.count]).toEqual([4, 3]);
  });

  it('NPY with the labels beside it', async () => {
    await write('y_train.npy', npyFile('|u1', [2], Uint8Array.of(1, 0)));
    const path = await write('x_train.npy', npyFile('|i1', [2, 1], Uint8Array.of(255, 3)));
    const { inputs, targets } = await (await loadDataset(path)).read([0, 1]);
    expect([[...inputs], [...targets]]).toEqual([
      [-1, 3],
      [1, 0],
    ]);
  });

  it('IDX with the labels beside it', async () => {
    await write('train-labels-idx1-ubyte.gz', gzipSync(idxFile([2], [1, 0])));
    const images = gzipSync(idxFile([2, 1, 2], [1, 2, 3, 4]));
    const dataset = await loadDataset(await write('train-images-idx3-ubyte.gz', images));
    expect(dataset.inputShape).toEqual([1, 2, 1]);
    const { inputs, targets } = await dataset.read([1]);
    expect([levels(inputs), [...targets]]).toEqual([[3, 4], [0]]);
    await write('train-labels-idx1-ubyte.gz', idxFile([3], [1, 0, 0]));
    await expect(loadDataset(dataset.name)).rejects.toThrow(
      'expected labels [2], [2, 1], or one-hot rows [2, classes], got [3]',
    );
  });

  it('CIFAR', async () => {
    const path = await write('batch.bin', cifarFile([[1], [2]]));
    expect((await loadDataset(path)).inputShape).toEqual([32, 32, 3]);
    await expect(loadDataset(path, { privacyUnit: 'y' })).rejects.toThrow(
      'batch.bin: privacyUnit is for npz, csv, image folder; this is cifar: save its arrays and that of the ' +
        'unit together, by numpy.savez',
    );
  });

  it('nothing else', async () => {
    await expect(loadDataset(await write('a.doc', ''))).rejects.toThrow('a.doc: expected .npz');
    await expect(loadDataset(join(folder, 'none'))).rejects.toThrow('there is no such file');
  });
});

describe('a folder of images', () => {
  it('has the folders as classes, and decodes files when they are read', async () => {
    await write('b/00001_0.ppm', ppm);
    await write('b/00001_1.PNG', png);
    await write('a/00001_0.png', png);
    await write('a/list.csv', 'not an image');
    await write('a/z.jpg', jpg);
    const dataset = await loadDataset(folder);
    expect([dataset.count, dataset.classNames, dataset.inputShape]).toEqual([
      4,
      ['a', 'b'],
      [1, 2, 3],
    ]);
    const { inputs, targets } = await dataset.read([3, 0, 2, 1]);
    const three = [...pixels, ...pixels, ...pixels];
    expect(levels(inputs.subarray(0, 18))).toEqual(three);
    expect([...targets]).toEqual([1, 0, 1, 0]);
    await rm(join(folder, 'b/00001_0.ppm'));
    await expect(dataset.read([2])).rejects.toThrow('there is no such file');
    expect(levels((await dataset.read([0])).inputs)).toEqual([...pixels]);
  });

  it('has privacy units by a pattern', async () => {
    for (const name of ['a/1_0.ppm', 'a/1_1.ppm', 'a/2_0.ppm', 'b/1_0.ppm']) await write(name, ppm);
    const { privacyUnits } = await loadDataset(folder, { privacyUnit: '^(.+)/(\\d+)_' });
    expect([0, 1, 2].map((unit) => privacyUnits.rowsOf(unit))).toEqual([[0, 1], [2], [3]]);
    await expect(loadDataset(folder, { privacyUnit: 'x(.)' })).rejects.toThrow(
      'pattern x(.) to match',
    );
    await expect(loadDataset(folder, { privacyUnit: '' })).rejects.toThrow('pattern  to match');
    await expect(loadDataset(folder, { privacyUnit: '(' })).rejects.toThrow('regular expression');
  });

  it('refuses unknown classes, different shapes, and a folder without images', async () => {
    await expect(loadDataset(folder)).rejects.toThrow('expected folders of PNG');
    await write('a/1.ppm', ppm);
    await write('b/1.ppm', ppm);
    await write(
      'a/2.png',
      encodePng({ width: 1, height: 1, data: pixels.slice(0, 3), channels: 3 }),
    );
    await expect((await loadDataset(folder)).read([1])).rejects.toThrow(
      '2.png: expected the shape [1, 2, 3] of the first image, got [1, 1, 3]',
    );
    await expect(loadDataset(folder, { classNames: ['b'] })).rejects.toThrow(
      'one of the 1 classes',
    );
  });
});

describe('the German Traffic Sign Recognition Benchmark', () => {
  const header = 'Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId\r\n';
  const row = (name: string, label: number | string) => `${name};2;1;0;0;1;0;${label}\r\n`;

  it('has folders of tracks for training', async () => {
    for (const name of ['00000_00000', '00000_00001', '00001_00000']) {
      for (const sign of ['00000', '00001']) await write(`${sign}/${name}.ppm`, ppm);
    }
    await write('00000/GT-00000.csv', header + row('00000_00000.ppm', 0));
    const dataset = await loadDataset(folder, { privacyUnit: '^(\\d+)/(\\d+)_' });
    expect([dataset.count, dataset.classNames]).toEqual([6, ['00000', '00001']]);
    const { privacyUnits } = dataset;
    expect(privacyUnits.count).toBe(4);
    expect([0, 1, 2, 3].map((unit) => privacyUnits.rowsOf(unit))).toEqual([
      [0, 1],
      [2],
      [3, 4],
      [5],
    ]);
  });

  it('has a table of classes beside the test images', async () => {
    await write('00000.ppm', Uint8Array.from(ppm).fill(9, -6));
    await write('00001.ppm', ppm);
    await write('GT-final_test.test.csv', 'Filename;Width\r\n00000.ppm;2\r\n');
    const list = await write(
      'GT-final_test.csv',
      header + row('00001.ppm', ' 16') + row('00000.ppm', '00003 '),
    );
    const dataset = await loadDataset(folder);
    expect([dataset.count, dataset.classNames.length]).toEqual([2, 17]);
    const { inputs, targets } = await dataset.read([1, 0]);
    expect([...targets]).toEqual([3, 16]);
    expect(levels(inputs)).toEqual([9, 9, 9, 9, 9, 9, ...pixels]);
    const classNames = Array.from({ length: 43 }, (_, i) => String(i));
    expect((await loadDataset(folder, { classNames })).classNames).toHaveLength(43);
    const [one, other] = [row('00000.ppm', 3), row('00001.ppm', 1)];
    for (const [text, message] of [
      [one + row('../x.ppm', 1), 'row 1: expected the name of an image in'],
      [one + one, 'row 1: expected the name of an image in'],
      [one, 'a row for each image of .* and none for 00001.ppm'],
      [one + row('00001.ppm', 'x'), 'row 1: expected a ClassId'],
      [one + row('00001.ppm', 43), 'row 1: expected a class index below 43;'],
    ] as const) {
      await write('GT-final_test.csv', header + text);
      await expect(loadDataset(folder, { classNames })).rejects.toThrow(new RegExp(message));
    }
    await write('GT-again.csv', header + one + other);
    await expect(loadDataset(folder)).rejects.toThrow(/expected one table .* got 2 of 3/);
    await rm(list);
    await rm(join(folder, 'GT-again.csv'));
    await expect(loadDataset(folder)).rejects.toThrow('Filename and ClassId, got 0 of 1');
  });

  it('has images of different sizes, which are resized', async () => {
    await write('a/1.ppm', ppm);
    await write('b/1.ppm', ppm);
    await write(
      'a/2.png',
      encodePng({ width: 1, height: 4, data: new Uint8Array(12).fill(7), channels: 3 }),
    );
    const dataset = await loadDataset(folder, { imageSize: 3 });
    expect(dataset.inputShape).toEqual([3, 3, 3]);
    const { inputs } = await dataset.read([1]);
    expect(levels(inputs)).toEqual(Array.from({ length: 27 }, () => 7));
    const path = await write('c.bin', cifarFile([[1]]));
    const { inputShape } = await loadDataset(path, { imageSize: 3 });
    expect(inputShape).toEqual([3, 3, 3]);
    const table = await write('c.csv', 'a,class\n1,x\n2,y\n');
    await expect(loadDataset(table, { imageSize: 3 })).rejects.toThrow(
      'imageSize is for npz, npy, idx, cifar, image folder; this is csv: leave it out (--image-size)',
    );
  });
});

describe('images', () => {
  it('of 8 bits are decoded without transparency', () => {
    const data = Uint8Array.of(7, 255, 8, 0);
    expect(decodeImage(encodePng({ width: 2, height: 1, data, channels: 2 }), 'a')).toEqual({
      width: 2,
      height: 1,
      channels: 1,
      pixels: Uint8Array.of(7, 8),
    });
  });

  it('refuses damaged files and too large dimensions', () => {
    const wide = png.slice();
    new DataView(wide.buffer).setUint32(16, 2 ** 31);
    expect(() => decodeImage(wide, 'a')).toThrow('a, offset 16: expected at most 67108864 pixels');
    expect(() => decodeImage(png.subarray(0, 50), 'a')).toThrow('a: expected an undamaged image');
    expect(() => decodeImage(jpg.subarray(0, 50), 'a')).toThrow('a: expected an undamaged image');
    expect(() => decodeImage(Uint8Array.of(1, 2), 'a')).toThrow(
      'expected a PNG, JPEG, WebP, PGM or PPM',
    );
  });
});
