import { readFileSync } from 'node:fs';
import { augmentedImages } from '@dpquant/data';
import { loadDataset } from '@dpquant/data/node';
import { SeededRandom } from '@dpquant/random';

// `node dataReading.mjs PATH plain|augmented`: processor seconds and megabytes that it takes to
// load the images at a path, and then to read 100 Poisson batches of 512 in expectation.

const [path, views] = process.argv.slice(2);
const batches = 100;
const expectedSize = 512;

const before = process.memoryUsage().rss;
/** Waiting for other processes of a shared machine does not count. */
const seconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const start = seconds();
const images = await loadDataset(path);
const loading = seconds() - start;
const dataset =
  views === 'plain'
    ? images
    : augmentedImages(images, { shift: 4, flip: true, cutout: 8, seed: 1 });
const random = new SeededRandom(1, 'benchmark');
const threshold = (expectedSize / dataset.count) * 2 ** 32;
let read = 0;
let reading = 0;
for (let batch = 0; batch < batches; batch++) {
  const rows = [];
  for (let row = 0; row < dataset.count; row++) if (random.uint32() < threshold) rows.push(row);
  const views = rows.map(() => 1 + batch);
  const began = seconds();
  await dataset.read(rows, { views });
  reading += seconds() - began;
  read += rows.length;
}
const megabytes = (peakMemory() - before) / 2 ** 20;
process.stdout.write(
  JSON.stringify({
    images: dataset.count,
    'load, CPU s': Number(loading.toFixed(3)),
    '100 batches, CPU s': Number(reading.toFixed(3)),
    'images/CPU s': Math.round(read / reading),
    'peak MB': Math.round(megabytes),
  }),
);

/**
 * Greatest resident memory in bytes. What getrusage says includes the process that started this
 * one.
 */
function peakMemory() {
  const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error('expected VmHWM in /proc/self/status: Linux only');
  return 1024 * Number(kilobytes);
}
