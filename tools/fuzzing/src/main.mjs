import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';

// `npm run fuzz -- exact-sums`: draws cases and looks whether a guarantee holds in each. The case
// number i has the seed S + i, so that `--seed S --cases 1` repeats one. Exit code 1 where one
// fails.

const usage =
  'npm run fuzz -- exact-sums [--cases N] [--seed S] [--backend NAME] [--threads N,N] [--blank] [--json]\n\n' +
  '  --cases    cases that are drawn. Default 200\n' +
  '  --seed     of the first case; those of the others follow. Default 1\n' +
  '  --backend  cpu, wasm or webgpu. Default wasm\n' +
  '  --threads  of wasm: all cases are run with each number. Default 1,2\n' +
  '  --blank    in place of drawn cases a fixed list of large images of equal pixels\n' +
  '  --json     one JSON object on standard output\n';

const given = options();
process.exitCode = given ? await main(given) : 2;

/** What was asked for; null where it cannot be done, which is said. */
function options() {
  try {
    return parsed();
  } catch (error) {
    if (!(error instanceof RangeError || error.code?.startsWith('ERR_PARSE_ARGS'))) throw error;
    console.error(`${error.message}\n\n${usage}`);
    return null;
  }
}

function parsed() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      cases: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      backend: { type: 'string', default: 'wasm' },
      threads: { type: 'string', default: '1,2' },
      blank: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  if (positionals.join() !== 'exact-sums') {
    throw new RangeError(`Expected the name exact-sums, got "${positionals.join(' ')}".`);
  }
  if (!['cpu', 'wasm', 'webgpu'].includes(values.backend)) {
    throw new RangeError(`--backend: expected cpu, wasm or webgpu, got "${values.backend}"`);
  }
  return {
    backend: values.backend,
    cases: wholeNumber('--cases', values.cases, 1),
    seed: wholeNumber('--seed', values.seed, 0),
    threads: values.threads.split(',').map((text) => wholeNumber('--threads', text, 1)),
    isBlank: values.blank,
    isJson: values.json,
  };
}

function wholeNumber(flag, text, least) {
  const value = Number(text);
  // Seeds of the cases that follow have to be whole numbers too.
  if (/^\d+$/.test(text) && value >= least && value < 2 ** 52) return value;
  throw new RangeError(`${flag}: expected a whole number of at least ${least}, got "${text}"`);
}

async function main({ isJson, ...asked }) {
  const { fuzzExactSums } = await load();
  let summary;
  try {
    summary = await fuzzExactSums({ ...asked, log: (text) => console.error(text) });
  } catch (error) {
    if (error.name !== 'BackendUnavailableError') throw error;
    console.error(error.message);
    return 2;
  }
  const machine = {
    node: process.version,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
  };
  if (isJson) console.log(JSON.stringify({ machine, ...summary }, null, 2));
  else print(machine, summary);
  return summary.failures.length > 0 ? 1 : 0;
}

async function load() {
  try {
    return await import('./exactSums/fuzzExactSums.mjs');
  } catch (cause) {
    if (cause.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new Error('the packages are not built: run `npm run build` first', { cause });
  }
}

function print({ node, processor, cores }, { runs, kinds, failures, ...summary }) {
  console.log(`exact-sums: Node ${node}, ${processor}, ${cores} cores`);
  console.table(runs.map((run) => ({ ...run, seconds: Number(run.seconds.toFixed(1)) })));
  console.table(kinds);
  console.log(
    `norms of ${summary.boundedUnits} units alone; the longest ${summary.greatestShare.toFixed(7)} of the clip norm; ` +
      `${summary.addedNearTheClipNorm} added units above 0.9 of it, ${summary.addedNothing} that add nothing; ` +
      `in batches of another size, which may matter, ${summary.differentInOtherBatchSizes} sums differ`,
  );
  for (const { seed, device, problems, case: drawn } of failures.slice(0, 10)) {
    console.log(`\nfailed: --seed ${seed} --cases 1, ${device}: ${problems.join('; ')}`);
    console.log(JSON.stringify(drawn));
  }
  console.log(failures.length === 0 ? 'no case failed' : `\n${failures.length} cases failed`);
}
