import { contribute } from '@dpquant/gradients';
import { checkCase } from '../exactSums/checkCase.mjs';
import { fuzzExactSums } from '../exactSums/fuzzExactSums.mjs';

// What is found of sums that are wrong on purpose: prints a JSON object of the problems by the
// mistake.

/** The number of real units, and the place of the first. */
function placesOf({ mask }, { rowsPerUnit }) {
  const places = [];
  mask.forEach((real, row) => {
    const place = Math.floor(row / rowsPerUnit);
    if (real > 0 && places.at(-1) !== place) places.push(place);
  });
  return { count: places.length, first: places[0] ?? 0 };
}

const mistakes = {
  none: (value) => value,
  'a grid unit more beside others': (value, { count }) => (count > 1 ? value + 1 : value),
  'a grid unit more by place': (value, { first }) => value + first,
  'twice as many grid units': (value) => 2 * value,
};

const found = {};
for (const [name, mistake] of Object.entries(mistakes)) {
  const wrong = async (model, batch, options) => {
    const { sums } = await contribute(model, batch, options);
    const places = placesOf(batch, options);
    const changed = [...sums].map(([weight, sum]) => [
      weight,
      sum.map((value) => mistake(value, places)),
    ]);
    return { sums: new Map(changed) };
  };
  const { failures } = await fuzzed([1], (drawn) => checkCase(drawn, wrong));
  found[name] = [...new Set(failures.flatMap(({ problems }) => problems))].sort();
}

let call = 0;
const byThreads = await fuzzed([1, 2], () => ({
  ...{ problems: [], share: 0, bounded: 0, differsBySize: false },
  digest: String(call++),
}));
found['by threads'] = [...new Set(byThreads.failures.flatMap(({ problems }) => problems))];

const refuse = () => {
  throw new RangeError('no such case');
};
const thrown = await fuzzed([1], refuse);
found.thrown = [...new Set(thrown.failures.flatMap(({ problems }) => problems))];

const [last] = thrown.failures.slice(-1);
const repeated = await fuzzed([1], refuse, { seed: last.seed, cases: 1 });
found['case that its seed repeats'] = repeated.failures.map(({ case: drawn }) => drawn);
found['last case'] = [last.case];
console.log(JSON.stringify(found));

function fuzzed(threads, check, { seed, cases } = { seed: 1, cases: 25 }) {
  const backend = threads.length > 1 ? 'wasm' : 'cpu';
  const given = { cases, seed, isBlank: false, log: () => undefined };
  return fuzzExactSums({ ...given, backend, threads, check });
}
