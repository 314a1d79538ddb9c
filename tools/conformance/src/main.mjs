import { parseArgs } from 'node:util';
import { printTable } from './printTable.mjs';

// `npm run conformance [-- --backends cpu,wasm,webgpu] [--only TEXT,TEXT] [--json]`: runs the cases
// on every backend that this machine has and compares them with the cpu backend. A backend that is
// named, or that the environment variable DPQUANT_REQUIRE_BACKENDS names, has to run: its absence
// is a failure.

const usage =
  'npm run conformance [-- --backends NAME,NAME] [--only TEXT,TEXT] [--json]\n\n' +
  '  --backends   what has to run. Default: whatever runs here\n' +
  '  --only       cases whose group and name contain one of the texts\n' +
  '  --json       one JSON object on standard output\n';

try {
  process.exitCode = await main(options());
} catch (error) {
  if (!(error instanceof RangeError) && error.code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}

function options() {
  const { values } = parseArgs({
    options: {
      backends: { type: 'string' },
      only: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const list = (text) => (text ?? '').split(',').filter((name) => name !== '');
  const named = list(values.backends);
  return {
    named,
    required: [...named, ...list(process.env.DPQUANT_REQUIRE_BACKENDS).filter(isNotBrowser)],
    only: values.only ?? '',
    isJson: values.json ?? false,
  };
}

/** `browserMain.mjs` sees to it. */
function isNotBrowser(name) {
  return name !== 'chromium';
}

async function main({ named, required, only, isJson }) {
  const { casesWith, backends, runSuite } = await loadPackages();
  const unknown = required.find((name) => !backends.backendNames.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(
      `backends: expected names out of ${backends.backendNames.join(', ')}, got "${unknown}"`,
    );
  }
  const cases = casesWith(only);
  if (cases.length === 0) throw new RangeError(`only: no case contains "${only}"`);
  const reports = await runSuite({
    cases,
    backendNames: named.length > 0 ? named : backends.backendNames,
    startBackend: backends.startBackend,
    isWhole: only === '',
    onResult: isJson ? undefined : showFailure,
  });
  // Otherwise its device and its threads keep the process.
  backends.stopBackends();
  const judged = reports.map((report) => ({
    ...report,
    isRequired: required.includes(report.name),
  }));
  if (isJson) console.log(JSON.stringify({ cases: cases.length, backends: judged }));
  else printTable(judged);
  const isFailure = ({ isAvailable, isRequired, results }) =>
    (!isAvailable && isRequired) || results.some(({ status }) => status === 'failed');
  return judged.some(isFailure) ? 1 : 0;
}

function showFailure(backend, { group, name, status, problem }) {
  if (status === 'failed') console.error(`${backend}: ${group}: ${name}\n  ${problem}`);
}

async function loadPackages() {
  try {
    return {
      ...(await import('./allCases.mjs')),
      ...(await import('./runSuite.mjs')),
      backends: await import('@dpquant/backends'),
    };
  } catch (cause) {
    if (cause.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new Error('the packages are not built: run `npm run build` first', { cause });
  }
}
