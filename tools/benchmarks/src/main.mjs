import { readdirSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';

// `npm run bench -- NAME [--json]`: runs `NAME.bench.mjs`, which lies beside this file and exports
// by default {name, description, flags, run({log, flags}) → rows}. A row is a flat object; all rows
// have the same keys. Ratios are only worth something between rows of one run. `flags`, which may
// be left out, has a function for each flag, from its text to its value, that throws for a text it
// cannot take; `run` gets the values of those given.

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
    const { description, flags = {} } = await load(name);
    const own = Object.keys(flags).map((flag) => ` [--${flag} …]`);
    console.error(`  ${name.padEnd(16)}${description}${own.join('')}`);
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

/** The benchmark that the command line names and the values of its flags. */
async function fromCommandLine() {
  const name = process.argv.slice(2).find((argument) => !argument.startsWith('-'));
  if (name === undefined) throw new Error('Expected the name of a benchmark.');
  if (!benchmarkNames().includes(name)) throw new Error(`No benchmark is called '${name}'.`);
  const benchmark = await load(name);
  const readers = Object.entries(benchmark.flags ?? {});
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      ...Object.fromEntries(readers.map(([flag]) => [flag, { type: 'string' }])),
    },
  });
  if (positionals.length > 1) {
    throw new Error(`Expected one benchmark, got ${positionals.length}.`);
  }
  const flags = {};
  for (const [flag, read] of readers) {
    if (values[flag] === undefined) continue;
    try {
      flags[flag] = read(values[flag]);
    } catch (error) {
      throw new Error(`--${flag}: ${error.message}`, { cause: error });
    }
  }
  return { benchmark, flags, isJson: values.json === true };
}

async function main() {
  let command;
  try {
    command = await fromCommandLine();
  } catch (error) {
    // parseArgs adds how to pass what looks like a flag, which no benchmark takes.
    await usage(error.message.replace(/ To specify a positional.*/s, ''));
    return;
  }
  const { name, description, run } = command.benchmark;
  const rows = await run({ log: (text) => console.error(text), flags: command.flags });
  if (command.isJson) {
    console.log(JSON.stringify({ name, description, machine: machine(), rows }, null, 2));
  } else {
    const { node, processor, cores } = machine();
    console.log(`${name}: ${description}\nNode ${node}, ${processor}, ${cores} cores`);
    console.table(rows);
  }
}

await main();
