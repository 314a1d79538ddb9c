import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkReadable } from '../checkReadable.ts';
import { pillowImages } from '../testing/pillowImages.ts';
import { encodePng } from '../testing/pngFile.ts';
import { loadDataset } from './loadDataset.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-folder-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(name: string, content: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

const image = (value: number, channels: 1 | 3 = 3) =>
  encodePng({
    width: 2,
    height: 1,
    channels,
    data: new Uint8Array(2 * channels).fill(value),
  });

async function writeClasses(): Promise<void> {
  for (const name of ['a/1.png', 'a/2.png', 'b/1.png']) await write(name, image(7));
}

describe('files beside the images of the classes', () => {
  it('are ignored with a warning', async () => {
    await writeClasses();
    expect((await loadDataset(folder)).warnings).toEqual([]);
    await write('__MACOSX/a/._1.png', 'resource fork');
    await write('.git/config', '');
    await write('a/._1.png', 'resource fork');
    await write('a/.DS_Store', '');
    await write('c.png', image(1));
    await write('README.md', '');
    const dataset = await loadDataset(folder);
    expect([dataset.count, dataset.classNames]).toEqual([3, ['a', 'b']]);
    expect(dataset.warnings).toEqual([
      `ignored in ${folder}: hidden files or folders: 4, as ".git"; ` +
        'images outside the class folders: 1, as "c.png"',
    ]);
    await expect(checkReadable(dataset)).resolves.toBeUndefined();
  });

  it('are refused if they are links to a class or an image', async () => {
    await writeClasses();
    await symlink(join(folder, 'a'), join(folder, 'c'));
    await expect(loadDataset(folder)).rejects.toThrow(
      `${join(folder, 'c')}: expected a file or folder, not a link; replace it by its target with cp -rL`,
    );
    await rm(join(folder, 'c'));
    await symlink(join(folder, 'a/1.png'), join(folder, 'b/2.png'));
    await expect(loadDataset(folder)).rejects.toThrow(
      'b/2.png: expected a file or folder, not a link',
    );
  });

  it('are named if there are no images', async () => {
    await write('train/a/1.png', image(1));
    await write('train/b/1.png', image(1));
    await expect(loadDataset(folder)).rejects.toThrow(
      'got 1 (train); there is nothing to classify: give the number or names of all that exist, classNames ' +
        '(--class-count, --class-names), or name the folder that holds a folder for each',
    );
    expect((await loadDataset(join(folder, 'train'))).count).toBe(2);
    await rm(join(folder, 'train'), { recursive: true });
    await write('1.png', image(1));
    await expect(loadDataset(folder)).rejects.toThrow(
      'images with a GT-….csv; ignored: images outside the class folders: 1, as "1.png". Name the folder',
    );
  });

  it('give a warning for a class without images', async () => {
    await writeClasses();
    await mkdir(join(folder, 'empty'));
    expect((await loadDataset(folder)).warnings).toEqual([
      'no example is of the class "empty", of 3 classes; are they numbered from 0, and their names right?',
    ]);
  });

  it('do not change that a single class is refused', async () => {
    await write('a/1.png', image(1));
    await expect(loadDataset(folder)).rejects.toThrow(
      'expected two classes or more, got 1 (a); there is nothing to classify',
    );
    const dataset = await loadDataset(folder, { classNames: ['a', 'b'] });
    expect(dataset.warnings).toHaveLength(1);
  });
});

describe('images in unsupported formats', () => {
  it('are refused by their names', async () => {
    await writeClasses();
    for (const name of ['a/3.gif', 'a/b/4.TIFF', 'b/5.heic', 'b/6.bmp']) await write(name, '');
    const names = ['a/3.gif', 'a/b/4.TIFF', 'b/5.heic'].map((name) => join(folder, name));
    await expect(loadDataset(folder)).rejects.toThrow(
      `${names.join(', ')} and 1 more: expected PNG, JPEG, WebP, PGM or PPM images; convert them, in Pillow by`,
    );
  });
});

describe('nested folders of a class', () => {
  it('contain images of that class, which a pattern may group', async () => {
    await writeClasses();
    for (const name of ['a/p/1.png', 'a/p/deep/2.png', 'b/q/1.png']) await write(name, image(7));
    const dataset = await loadDataset(folder);
    expect([...(await dataset.read([0, 1, 2, 3, 4, 5])).targets]).toEqual([0, 0, 0, 0, 1, 1]);
    expect(dataset.warnings).toEqual([
      'images are in nested folders of their classes, such as "a/p/1.png"; if such a folder belongs to one person, ' +
        "name it as the privacy unit by a pattern (--privacy-unit '/([^/]+)/')",
    ]);
    for (const name of ['a/1.png', 'a/2.png', 'b/1.png']) await rm(join(folder, name));
    const { privacyUnits, warnings } = await loadDataset(folder, { privacyUnit: '/([^/]+)/' });
    expect(warnings).toEqual([]);
    expect([0, 1].map((unit) => privacyUnits.rowsOf(unit))).toEqual([[0, 1], [2]]);
  });

  it('are classes if their paths are given', async () => {
    for (const name of ['x/a/1.png', 'x/b/1.png', 'y/1.png']) await write(name, image(7));
    const classNames = ['y', 'x/b', 'x/a'];
    const dataset = await loadDataset(folder, { classNames });
    expect([...(await dataset.read([0, 1, 2])).targets]).toEqual([2, 1, 0]);
    expect(dataset.warnings).toEqual([]);
    await write('x/c/1.png', image(7));
    await expect(loadDataset(folder, { classNames })).rejects.toThrow(
      `${join(folder, 'x/c')}: expected a folder named as one of the 3 classes`,
    );
  });
});

describe('images that are stored in different ways', () => {
  it('become gray or coloured, each independently', async () => {
    await write('a/1.png', image(7, 1));
    await write(
      'b/1.png',
      encodePng({ width: 2, height: 1, channels: 3, data: [9, 0, 0, 0, 0, 9] }),
    );
    const read = async (imageChannels: 1 | 3) => {
      const dataset = await loadDataset(folder, { imageChannels });
      const { inputs } = await dataset.read([0, 1]);
      return [dataset.inputShape, Array.from(inputs, (value) => Math.round(255 * value))];
    };
    // (19595 · 9 + 2¹⁵) / 2¹⁶ = 3.2 and (7471 · 9 + 2¹⁵) / 2¹⁶ = 1.5, rounded down.
    expect(await read(1)).toEqual([
      [1, 2, 1],
      [7, 7, 3, 1],
    ]);
    expect(await read(3)).toEqual([
      [1, 2, 3],
      [7, 7, 7, 7, 7, 7, 9, 0, 0, 0, 0, 9],
    ]);
    const path = await write('t.csv', 'a,class\n1,x\n2,y\n');
    await expect(loadDataset(path, { imageChannels: 1 })).rejects.toThrow(
      'imageChannels is for image folder; this is csv: leave it out (--image-channels)',
    );
  });

  it('are turned by their EXIF orientation, unless that is disabled', async () => {
    for (const name of ['a/1.webp', 'b/1.webp']) await write(name, pillowImages.turned);
    expect((await loadDataset(folder)).inputShape).toEqual([4, 2, 3]);
    expect((await loadDataset(folder, { exifRotation: false })).inputShape).toEqual([2, 4, 3]);
  });
});

describe('privacy units of a pattern', () => {
  const [composed, decomposed] = ['Ren\u00e9', 'Rene\u0301'];

  it('are the same for composed and decomposed letters, and a letter is one character', async () => {
    await write(`a/${composed}_1.png`, image(1));
    await write(`b/${decomposed}_2.png`, image(1));
    await write(`b/${decomposed}e_2.png`, image(1));
    const dataset = await loadDataset(folder, { privacyUnit: '/(.{4})' });
    expect([dataset.privacyUnits.count, dataset.privacyUnits.name]).toEqual([1, '/(.{4})']);
    expect((await loadDataset(folder, { privacyUnit: '/(.+)_' })).privacyUnits.count).toBe(2);
    const byPattern = await loadDataset(folder, { privacyUnit: `/(${decomposed})` });
    expect(byPattern.privacyUnits.count).toBe(1);
  });

  it('have names, in one spelling', async () => {
    await write('a/1_1.png', image(1));
    await write('b/01_1.png', image(1));
    await expect(loadDataset(folder, { privacyUnit: '/(\\d+)_' })).rejects.toThrow(
      `${folder}, rows 0 and 1: expected one spelling of a number`,
    );
    await expect(loadDataset(folder, { privacyUnit: '(x?)' })).rejects.toThrow(
      `${folder}, row 0: expected the name of a privacy unit, got an empty one`,
    );
  });

  it('and classes are found in either form', async () => {
    await write(`${decomposed}/1.png`, image(1));
    await write('b/1.png', image(1));
    const dataset = await loadDataset(folder, { classNames: [composed, 'b'] });
    expect([...(await dataset.read([0, 1])).targets].sort()).toEqual([0, 1]);
  });
});

describe('images that cannot be read', () => {
  it('are named before any is sampled', async () => {
    await writeClasses();
    await write('a/2.png', image(7).subarray(0, 60));
    await write('b/2.png', image(7, 1));
    const dataset = await loadDataset(folder);
    const progress: [number, number][] = [];
    const onProgress = (read: number, count: number) => progress.push([read, count]);
    const check = checkReadable(dataset, { onProgress });
    await expect(check).rejects.toThrow(
      `${folder}: 2 of 4 examples cannot be read; mend or remove`,
    );
    await expect(check).rejects.toThrow('a/2.png: expected an undamaged image');
    await expect(check).rejects.toThrow(
      'b/2.png: expected the shape [1, 2, 3] of the first image, got [1, 2, 1]; ' +
        'imageChannels (--image-channels) makes all gray, 1, or all coloured, 3',
    );
    expect(progress).toEqual([[4, 4]]);
  });

  it('are named up to ten, with their number', async () => {
    await writeClasses();
    for (let i = 0; i < 12; i++) await write(`b/x${i}.png`, 'no image');
    await expect(checkReadable(await loadDataset(folder))).rejects.toThrow(
      /12 of 15 examples .*x6\.png.*; and 2 more$/,
    );
  });

  it('are searched batch by batch, until the signal', async () => {
    const labels = Uint8Array.from({ length: 2500 }, (_, i) => i % 2);
    const dataset = {
      name: 'd',
      count: 2500,
      inputShape: [1],
      targetShape: [],
      classNames: ['0', '1'],
      privacyUnits: { count: 2500, rowsOf: (unit: number) => [unit] },
      async read(rows: ArrayLike<number>) {
        const size = rows.length;
        read.push(...Array.from(rows));
        const keys = { rows: Uint32Array.from(rows), views: new Uint32Array(size) };
        const inputs = new Float32Array(size);
        return { size, inputs, targets: Float32Array.from(labels), mask: inputs, keys };
      },
    };
    const read: number[] = [];
    const seen: number[] = [];
    await checkReadable(dataset, { onProgress: (rows) => seen.push(rows) });
    expect(seen).toEqual([1024, 2048, 2500]);
    expect(read).toEqual(Array.from({ length: 2500 }, (_, row) => row));
    const controller = new AbortController();
    const onProgress = () => {
      controller.abort(new Error('enough'));
    };
    await expect(checkReadable(dataset, { onProgress, signal: controller.signal })).rejects.toThrow(
      'enough',
    );
    expect(read).toHaveLength(2500 + 1024);
  });
});
