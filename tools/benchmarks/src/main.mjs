import { readdirSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';

// `npm run bench -- NAME [--json]`: runs `NAME.bench.mjs`, which lies beside this file and exports by
// default {name, description, run({log}) → rows}. A row is a flat object; all rows have the same keys.
// Ratios are only worth something between rows of one run.

const suffix = '.bench.mjs';

function benchmarkNames() {
  return readdirSync(new URL('.', import.meta.url))
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length))
    .sort();
}

async function load(name) {
  return (await import(new URL(name + suffix, import.meta.url).href)).default;
}

async function usage(problem) {
  console.error(`${problem}\n\nnpm run bench -- NAME [--json], with NAME one of`);
  for (const name of benchmarkNames()) {
    console.error(`  ${name.padEnd(16)}${(await load(name)).description}`);
  }
  process.exitCode = 2;
}

/** Where the numbers come from: without it they mean nothing. */
function machine() {
  return {
    node: process.version,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
  };
}

const flags = process.argv.slice(2).filter((argument) => argument.startsWith('-'));
const names = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const unknownFlag = flags.find((flag) => flag !== '--json');

if (unknownFlag !== undefined) await usage(`Unknown flag ${unknownFlag}.`);
else if (names.length !== 1) await usage(`Expected one benchmark, got ${names.length}.`);
else if (!benchmarkNames().includes(names[0])) await usage(`No benchmark is called '${names[0]}'.`);
else {
  const { name, description, run } = await load(names[0]);
  const rows = await run({ log: (text) => console.error(text) });
  if (flags.includes('--json')) {
    console.log(JSON.stringify({ name, description, machine: machine(), rows }, null, 2));
  } else {
    const { node, processor, cores } = machine();
    console.log(`${name}: ${description}\nNode ${node}, ${processor}, ${cores} cores`);
    console.table(rows);
  }
}
