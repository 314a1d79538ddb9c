import { existsSync, readFileSync } from 'node:fs';
import { mkdir, open, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import type { RunSummary } from '@dpquant/training';
import type { RunConfig } from '../run/runRecords.ts';
import { npyFile, npzFile, ppmFile } from '../testing/ownFiles.ts';
import { dpquant } from '../testing/recordedCommand.ts';
import { temporaryFolder } from '../testing/temporaryFolder.ts';

jest.setTimeout(120_000);

const folder = temporaryFolder();

async function write(name: string, content: Uint8Array | string): Promise<string> {
  const path = join(folder(), name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

const side = 16;
const tracks = 50;
const framesOfTrack = 4;
const settings = [
  ...['--policy', 'static', '--epochs', '8', '--batch-size', '20', '--validation-fraction', '0.2'],
  ...['--noise-multiplier', '0.5', '--clip-norm', '2', '--learning-rate', '0.5', '--json'],
];

/** Two classes that any network tells apart, dark and bright, in tracks of four frames. */
async function signs(): Promise<string> {
  const count = 2 * tracks * framesOfTrack;
  const y = Uint8Array.from({ length: count }, (_, i) => i % 2);
  const track = Uint8Array.from({ length: count }, (_, i) => Math.floor(i / 2 / framesOfTrack));
  const x = new Uint8Array(count * side * side);
  for (let i = 0; i < x.length; i++) {
    x[i] = (y[Math.floor(i / side / side)] ? 200 : 30) + (i % 23);
  }
  return write(
    'signs.npz',
    npzFile({
      x: npyFile([count, side, side], x),
      y: npyFile([count], y),
      track: npyFile([count], track),
    }),
  );
}

describe('data of your own', () => {
  it('is described and trained on by privacy unit: an NPZ', async () => {
    const path = await signs();
    const unit = ['--privacy-unit', 'y,track', '--class-count', '2'];
    const described = await dpquant('data', path, ...unit, '--json');
    expect(described.err).toEqual(['Outside the privacy guarantee: exact counts of private data']);
    expect(JSON.parse(described.out)).toMatchObject({
      count: 400,
      inputShape: [side, side, 1],
      classCount: 2,
      classesAreCounted: false,
      privacyUnits: 100,
      guarantee: 'none',
    });

    const run = join(folder(), 'run');
    const augmented = ['--views', '2', '--shift', '2', '--flip', '--cutout', '4'];
    const { code, out, err } = await dpquant(
      ...['train', '--data', path, ...unit, ...settings, ...augmented, '--out', run],
    );
    expect([code, err.join('\n')]).toEqual([
      0,
      expect.stringMatching(
        /\d+ private privacy units \(y,track\).*one privacy unit \(y,track\) added or removed/s,
      ),
    ]);
    const { guarantee, accuracy } = JSON.parse(out) as RunSummary;
    expect(guarantee).toBe('differential privacy');
    expect(accuracy).toBeGreaterThan(0.9);
    const { options, plan } = JSON.parse(
      readFileSync(join(run, 'config.json'), 'utf8'),
    ) as RunConfig;
    expect(options).toMatchObject({ data: path, privacyUnit: 'y,track', cutout: 4 });
    // The ids of units are hashed, so that the public share is 0.2 in expectation only.
    expect(plan.unitCount).toBeGreaterThan(60);
    expect(plan.unitCount).toBeLessThan(95);
    const evaluated = await dpquant('evaluate', run, '--json');
    const { examples } = JSON.parse(evaluated.out) as { examples: number };
    expect(examples).toBe(framesOfTrack * (100 - plan.unitCount));
  });

  it('is described and trained on by privacy unit: a folder of images of any size', async () => {
    for (const [sign, colour] of [
      ['00000', [200, 20, 20]],
      ['00001', [20, 20, 200]],
    ] as const) {
      for (let track = 0; track < 30; track++) {
        for (let frame = 0; frame < 2; frame++) {
          const name = [track, frame].map((number) => String(number).padStart(5, '0')).join('_');
          const image = ppmFile(8 + frame, 12, [colour[0], colour[1] + track, colour[2]]);
          await write(`signs/${sign}/${name}.ppm`, image);
        }
      }
      await write(`signs/${sign}/GT-${sign}.csv`, 'Filename;ClassId\n');
    }
    const data = join(folder(), 'signs');
    const flags = ['--privacy-unit', '^(\\d+)/(\\d+)_', '--image-size', String(side)];
    const { out } = await dpquant('data', data, ...flags);
    expect(out.split('\n')).toEqual([
      'examples       120',
      'shape of one   16 × 16 × 3',
      'classes        2: 00000, 00001',
      'privacy units  60 (^(\\d+)/(\\d+)_)',
    ]);
    const run = join(folder(), 'run');
    const trained = await dpquant(
      ...['train', '--data', data, ...flags, ...settings, '--epochs', '12', '--out', run],
    );
    expect(trained.code).toBe(0);
    expect((JSON.parse(trained.out) as RunSummary).accuracy).toBeGreaterThan(0.9);
  });

  it('is read whole before anything is charged: an image that is cut off is found then', async () => {
    for (const sign of ['a', 'b']) {
      await mkdir(join(folder(), 'images', sign), { recursive: true });
      for (let image = 0; image < 40; image++) {
        const whole = ppmFile(side, side, [sign === 'a' ? 200 : 20, 9, 9]);
        await write(`images/${sign}/${image}.ppm`, whole);
        // Images of validation are read as well.
        const cut = ['a7', 'b30'].includes(`${sign}${image}`);
        if (cut) await write(`images/${sign}/${image}.ppm`, whole.subarray(0, 50));
      }
    }
    const run = join(folder(), 'run');
    const { code, err } = await dpquant(
      ...['train', '--data', join(folder(), 'images'), '--image-size', String(side)],
      ...[...settings, '--out', run],
    );
    expect([code, existsSync(run)]).toEqual([1, false]);
    expect(err.join()).toMatch(/(a\/7|b\/30).ppm/);
  });

  it('has public vocabularies and statistics: a table', async () => {
    const path = await write(
      'visits.csv',
      'age,ward,person,ill\n30,A,p,no\n50,B,q,yes\n31,A,p,no\n',
    );
    const flags = [
      ...['--privacy-unit', 'person', '--targets', 'ill', '--class-names', 'no,yes'],
      ...['--categories', 'ward=A,B,C', '--standardization', 'age=40,10'],
    ];
    const { code, out } = await dpquant('data', path, ...flags, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      count: 3,
      inputShape: [4],
      classNames: ['no', 'yes'],
      classesAreCounted: false,
      privacyUnits: 2,
    });
  });

  it('says what stands beside a table, and what is hardly meant', async () => {
    const latin1 = Buffer.from(
      'age,who,class\n30,Ren\u00e9,0\n50,Ren\u00e8,2\n31,Ren\u00e9 ,0\n',
      'latin1',
    );
    const path = await write('visits.csv', latin1);
    const refused = await dpquant('data', path);
    expect([refused.code, refused.err]).toEqual([
      1,
      [expect.stringMatching(/offset 20: expected text in utf-8; .*--encoding windows-1252/)],
    ]);
    await write('visits.csv.json', '{"privacyUnit": "who"}');
    const { code, out, err } = await dpquant('data', path, '--encoding', 'windows-1252');
    expect([code, out.split('\n').at(-1)]).toEqual([0, 'privacy units  2 (who)']);
    expect(err).toEqual([
      'Outside the privacy guarantee: exact counts of private data',
      expect.stringMatching(/^warning: age: inputs beyond ±20/),
      expect.stringMatching(/^warning: no example is of the class "1", of 3 classes/),
    ]);
    await write('visits.csv.json', '{"privacy-unit": "who"}');
    const unknown = await dpquant('data', path);
    expect(unknown.err).toEqual([expect.stringMatching(/"privacy-unit" is not known; expected/)]);
  });

  it('has a file beside it that begins with its header: a table', async () => {
    const path = await write('visits.csv', 'id,age,ill\n7,30,no\n9,secret,yes\n');
    const flags = ['--targets', 'ill', '--class-names', 'no,yes'];
    const { code, err } = await dpquant('data', path, '--draft-sidecar', ...flags);
    expect([code, err[0]]).toEqual([
      0,
      `${path}.json is written, from the header alone; complete it from what is public:`,
    ]);
    expect(err.join()).not.toMatch('secret');
    expect(JSON.parse(readFileSync(`${path}.json`, 'utf8'))).toMatchObject({
      targets: 'ill',
      classNames: ['no', 'yes'],
      drop: ['id'],
    });
    const again = await dpquant('data', path, '--draft-sidecar');
    expect(again.err).toEqual([expect.stringMatching(/visits.csv.json: is there already/)]);
    const other = await write('b.csv', 'age,class\n30,0\n31,1\n');
    const looked = await dpquant('data', other, '--draft-sidecar', '--look-at-values');
    expect(looked.err[0]).toMatch(/^Outside the privacy guarantee: the values of all rows are/);
    expect((await dpquant('data', other)).err.join()).toMatch(/said of class, age was taken from/);
    const alone = await dpquant('data', other, '--look-at-values');
    expect([alone.code, alone.err]).toEqual([2, [expect.stringMatching(/is for --draft-sidecar/)]]);
  });

  it('says that classes were counted from private labels', async () => {
    const path = await signs();
    expect((await dpquant('data', path)).out).toMatch(/2: 0, 1 \(counted from the labels\)/);
    const run = join(folder(), 'run');
    const { code, err } = await dpquant(
      ...['train', '--data', path, ...settings, '--epochs', '1', '--out', run],
    );
    expect(code).toBe(0);
    expect(err[0]).toMatch(/^warning: the number of classes, 2, was counted .* --class-names/);
  });

  it('is not read whole to be described: a million images, and no pixel shown', async () => {
    const count = 1_000_000;
    const header = npyFile([count, 32, 32, 3], new Uint8Array());
    const path = await write('x.npy', header);
    await truncate(path, header.length + 3072 * count);
    const file = await open(path, 'r+');
    await file.write(new Uint8Array(3072).fill(123), 0, 3072, header.length);
    await file.close();
    await write(
      'y.npy',
      npyFile(
        [count],
        new Uint8Array(count).map((_, i) => i % 2),
      ),
    );
    const before = process.memoryUsage().rss;
    const { code, out } = await dpquant('data', path, '--class-count', '2', '--json');
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 28);
    expect([code, (JSON.parse(out) as { count: number }).count]).toEqual([0, count]);
    expect(out).not.toMatch(/123/);
  });
});

describe('refused with one line', () => {
  it.each([
    [2, ['--class-count', '2', '--class-names', 'a,b'], /class-names: .* leave --class-count out/],
    [2, ['--categories', 'ward'], /--categories.*Expected columns with their values, as ward=/],
    [2, ['--categories', 'ward=A,A'], /--categories.*different values of ward/],
    [2, ['--categories', 'a=1;a=2'], /--categories.*each column once/],
    [
      2,
      ['--standardization', 'age=40'],
      /--standardization.*a mean and a positive deviation of age/,
    ],
    [2, ['--standardization', 'age=40,0'], /a positive deviation of age/],
    [2, ['--standardization', 'age=,1'], /a positive deviation of age/],
    [2, ['--image-size', '0'], /--image-size.*whole number/],
    [1, ['--categories', 'ward=A'], /signs.npz: categories is for csv; this is npz/],
    [1, ['--standardization', 'age=1,1'], /standardization is for csv; this is npz/],
    [1, ['--image-size', '5000'], /image size: expected a whole number from 1 to 4096, got 5000/],
    [1, ['--encoding', 'latin1'], /encoding is for csv; this is npz: leave it out \(--encoding\)/],
    [1, ['--inputs', 'pixels'], /signs.npz: expected an array pixels, got x, y, track/],
    [1, ['--targets', 'label'], /signs.npz: expected an array label, got x, y, track/],
    [1, ['--privacy-unit', 'y,person'], /signs.npz: expected an array person, got/],
    [1, ['--class-count', '1'], /row 1: expected a class index below 1;/],
    [2, ['--batch-size', '1000'], /batch-size: 1000 is larger than the \d+ private examples/],
    [2, ['--cutout', '16'], /cutout: expected a whole number below 16, got 16/],
  ])('with %i: %j', async (expected, args, message) => {
    const path = await signs();
    const out = join(folder(), 'run');
    const { code, err } = await dpquant(
      ...['train', '--data', path, '--class-names', '0,1'].slice(
        0,
        args[0]!.includes('class') ? 3 : 5,
      ),
      ...['--batch-size', '20', '--out', out, ...args],
    );
    expect([code, err]).toEqual([expected, [expect.stringMatching(message)]]);
    expect(existsSync(out)).toBe(false);
  });

  it.each([
    ['--inputs', /inputs: is for data in a file/],
    ['--categories', /categories: is for data in a file/],
    ['--class-names', /class-names: the classes of mnist are known/],
  ])('%s with the digits', async (flag, message) => {
    const { code, err } = await dpquant('data', 'mnist', flag, 'a=b');
    expect([code, err]).toEqual([2, [expect.stringMatching(message)]]);
  });
});
