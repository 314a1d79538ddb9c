import { readFileSync, writeFileSync } from 'node:fs';
import * as prettier from 'prettier';
import { startBackend } from '@dpquant/backends';
import {
  bitsPerValue,
  formatNames,
  isBlockFormat,
  numberFormat,
  quantizeBlocks,
  quantizeScaled,
} from '@dpquant/quantization';
import { fillGaussian, philoxKeyFromSeed, SeededRandom } from '@dpquant/random';
import { errorChart } from './chart.mjs';
import { layerSamples } from './layerSamples.mjs';

// Writes the table of docs/formats.md, between its two markers, and docs/formats.svg beside it.

const page = new URL('../../../docs/formats.md', import.meta.url);
const plot = new URL('../../../docs/formats.svg', import.meta.url);
const markers = ['<!-- errors: begin -->', '<!-- errors: end -->'];

/** ‖Q(x) − x‖ / ‖x‖, with a scale an example, or a block. */
function relativeError(format, { values, examples }, rounding) {
  const randomness = { key: philoxKeyFromSeed(1), step: 0, draw: 0 };
  const size = values.length / examples;
  const keys = {
    rows: Uint32Array.from({ length: examples }, (_, i) => i),
    views: new Uint32Array(examples),
  };
  let restored;
  if (isBlockFormat(format)) {
    const shape = { examples, exampleSize: size, rowLength: size };
    const { elements, scales } = quantizeBlocks(
      values,
      shape,
      { format, rounding },
      randomness,
      keys,
    );
    const blocks = Math.ceil(size / format.blockSize);
    restored = elements.map((element, i) => {
      const block = Math.floor(i / size) * blocks + Math.floor((i % size) / format.blockSize);
      return element * scales[block];
    });
  } else {
    const groups = { count: examples, size, interleaved: false };
    const { codes, scales } = quantizeScaled(
      values,
      groups,
      { format, rounding },
      randomness,
      keys,
    );
    restored = codes.map((code, i) => code * scales[Math.floor(i / size)]);
  }
  let error = 0;
  let total = 0;
  values.forEach((x, i) => {
    error += (restored[i] - x) ** 2;
    total += x * x;
  });
  return Math.sqrt(error / total);
}

const backend = await startBackend('auto');
console.error(`backend ${backend.name}`);
const gaussian = new Float32Array(1 << 16);
fillGaussian(new SeededRandom(1, 'format errors'), gaussian);
const data = {
  Gaussian: { values: gaussian, examples: 16 },
  ...(await layerSamples('conv2', (text) => console.error(text))),
};
const names = Object.keys(data);
const rows = formatNames().map((name) => {
  const format = numberFormat(name);
  const errors = Object.fromEntries(
    names.map((source) => [
      source,
      {
        nearest: relativeError(format, data[source], 'nearest-even'),
        stochastic: relativeError(format, data[source], 'stochastic'),
      },
    ]),
  );
  return { format: name, bits: bitsPerValue(format), errors };
});

const percent = (error) => `${(100 * error).toPrecision(3)} %`;
const table = [
  ['format', 'bits', ...names].join(' | '),
  ['---', '--:', ...names.map(() => '--:')].join(' | '),
  ...rows.map(({ format, bits, errors }) =>
    [
      `\`${format}\``,
      bits,
      ...names.map(
        (name) => `${percent(errors[name].nearest)} / ${percent(errors[name].stochastic)}`,
      ),
    ].join(' | '),
  ),
].map((line) => `| ${line} |`);

const text = readFileSync(page, 'utf8');
const [before, rest] = text.split(markers[0]);
const after = rest?.split(markers[1])[1];
if (after === undefined)
  throw new Error(`${page.pathname}: expected the markers ${markers.join(' and ')}`);
const written = [before, markers[0], '\n\n', table.join('\n'), '\n\n', markers[1], after].join('');
const options = await prettier.resolveConfig(page.pathname);
writeFileSync(page, await prettier.format(written, { ...options, filepath: page.pathname }));
writeFileSync(plot, errorChart(rows, names));
console.error('wrote docs/formats.md and docs/formats.svg');
