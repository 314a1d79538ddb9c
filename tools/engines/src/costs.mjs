import { readFileSync, writeFileSync } from 'node:fs';
import prettier from 'prettier';
import { speedUpChart } from './chart.mjs';

// `npm run docs:distributed`: writes the table of docs/distributed.md, between its two markers, and
// docs/distributed.svg beside it: a model, of what `measure.mjs` and docs/benchmarks.md have.

/** Seconds of a step's messages, however small, and for each parameter (`measure.mjs 2 tcp`). */
const messages = 10e-3;
const perParameter = 20e-9;

/** Of each network the trained parameters, the batch, and examples a second on one machine. */
const networks = [
  ['`small-cnn`', 27_018, 256, 7057, 6486],
  ['`resnet20`', 272_186, 128, 168, 202],
  ['`resnet18`', 11_173_962, 256, 14.4, 19.2],
];
const machines = [1, 2, 4, 8, 16, 32, 64];
const page = new URL('../../../docs/distributed.md', import.meta.url);
const plot = new URL('../../../docs/distributed.svg', import.meta.url);
const markers = ['<!-- table -->', '<!-- table end -->'];

const seconds = ({ batch, rate, parameters }, n) =>
  batch / rate / n + (n === 1 ? 0 : messages + perParameter * parameters);

const rows = networks.flatMap(([name, parameters, batch, float32, fourBits]) =>
  [
    ['float32', float32],
    ['`luq-fp4`', fourBits],
  ].map(([format, rate]) => {
    const network = { batch, rate, parameters };
    const speedUps = machines.map((n) => seconds(network, 1) / seconds(network, n));
    return { name, format, batch, first: seconds(network, 1), speedUps };
  }),
);

const table = [
  ['model: times as fast', 'format', 'batch', 'step of one', ...machines.slice(1).map(String)],
  ['---', '---', '--:', '--:', ...machines.slice(1).map(() => '--:')],
  ...rows.map(({ name, format, batch, first, speedUps }) => [
    ...[name, format, String(batch), `${first.toPrecision(2)} s`],
    ...speedUps.slice(1).map((speedUp) => speedUp.toFixed(1)),
  ]),
].map((cells) => `| ${cells.join(' | ')} |`);

const text = readFileSync(page, 'utf8');
const [before, rest] = text.split(markers[0]);
const after = rest?.split(markers[1])[1];
if (after === undefined) {
  throw new Error(`${page.pathname}: expected the markers ${markers.join(' and ')}`);
}
const written = [before, markers[0], '\n\n', table.join('\n'), '\n\n', markers[1], after].join('');
const options = await prettier.resolveConfig(page.pathname);
writeFileSync(page, await prettier.format(written, { ...options, filepath: page.pathname }));
writeFileSync(plot, speedUpChart(rows, machines));
console.error('wrote docs/distributed.md and docs/distributed.svg');
