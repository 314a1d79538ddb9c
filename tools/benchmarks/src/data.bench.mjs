import { Buffer } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, rmSync, writeSync, closeSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const imageLength = 32 * 32 * 3;
const madeCount = 13_069;
const largeCount = 1_000_000;

/** What it costs to have data: at the start, in each step, and in memory. */
export default {
  name: 'data',
  description:
    'loading 32 × 32 images, 100 Poisson batches of 512, augmentation (DPQUANT_GTSRB=….npz, or made data)',

  async run({ log }) {
    const folder = mkdtempSync(join(tmpdir(), 'dpquant-bench-'));
    try {
      const given = process.env.DPQUANT_GTSRB;
      const rows = [];
      const measure = (what, path) => {
        for (const views of ['plain', 'augmented']) {
          log(`${what}, ${views}`);
          rows.push({ what, views, ...inProcess(path, views) });
        }
      };
      if (given === undefined) log('DPQUANT_GTSRB is not set: made data of the same size');
      else measure('NPZ, deflated (in memory)', given);
      measure(
        `NPY${given === undefined ? ', made' : ' of the same'} (read in place)`,
        await writeArrays(folder, 'small', given),
      );
      measure('NPY of a million images (read in place)', writeSparse(folder));
      return rows;
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

/** In a process of its own, so that nothing else's memory is in it. */
function inProcess(path, views) {
  const script = fileURLToPath(new URL('dataReading.mjs', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, path, views], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${path}: ${stderr}`);
  return JSON.parse(stdout);
}

/** The images of a file, or made ones, as x….npy and y….npy. */
async function writeArrays(folder, name, given) {
  let pixels = Uint8Array.from(
    { length: madeCount * imageLength },
    (_, i) => (i * 2654435761) >>> 24,
  );
  let labels = Uint8Array.from({ length: madeCount }, (_, i) => i % 43);
  if (given !== undefined) {
    const { loadDataset } = await import('@dpquant/data/node');
    const dataset = await loadDataset(given);
    const { inputs, targets } = await dataset.read(
      Array.from({ length: dataset.count }, (_, i) => i),
    );
    pixels = Uint8Array.from(inputs, (value) => Math.round(255 * value));
    labels = Uint8Array.from(targets);
  }
  const path = join(folder, `x-${name}.npy`);
  writeFileSync(path, Buffer.concat([header([labels.length, 32, 32, 3]), pixels]));
  writeFileSync(join(folder, `y-${name}.npy`), Buffer.concat([header([labels.length]), labels]));
  return path;
}

/** A million images without contents, in a file that has holes: the size is what is tested. */
function writeSparse(folder) {
  const path = join(folder, 'x-large.npy');
  const start = header([largeCount, 32, 32, 3]);
  const file = openSync(path, 'w');
  writeSync(file, start);
  writeSync(file, Uint8Array.of(0), 0, 1, start.length + largeCount * imageLength - 1);
  closeSync(file);
  writeFileSync(
    join(folder, 'y-large.npy'),
    Buffer.concat([header([largeCount]), new Uint8Array(largeCount)]),
  );
  return path;
}

function header(shape) {
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')},), }\n`;
  return Buffer.concat([
    Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, text.length, 0]),
    Buffer.from(text),
  ]);
}
