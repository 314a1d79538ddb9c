import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';
import { casesWith } from './allCases.mjs';
import { findChromium, isRequired, quiet, softwareGpu, whyAbsent } from './chromium.mjs';

// `npm run conformance:browser [-- --backends webgpu,wasm] [--only TEXT,TEXT]`: bundles the cases,
// runs them in a worker of a headless Chromium, one page a backend, and prints one JSON object:
// what `main.mjs --json` prints, with the size of the bundle. `--without-webgpu` starts a browser
// without it, `--keep-bundle` takes the last bundle.
//
// The environment variable CHROMIUM names the browser, which is else looked for in PATH. Without
// one no backend is available; that fails where DPQUANT_REQUIRE_BACKENDS names `chromium`.

const { values } = parseArgs({
  options: {
    backends: { type: 'string', default: 'webgpu,wasm' },
    only: { type: 'string', default: '' },
    'without-webgpu': { type: 'boolean', default: false },
    'keep-bundle': { type: 'boolean', default: false },
  },
});
const configFile = fileURLToPath(new URL('../browser/vite.config.mjs', import.meta.url));
const outputFolder = fileURLToPath(new URL('../dist/browser', import.meta.url));

if (!values['keep-bundle']) await build({ configFile });
const bundle = bundleSize();
console.error(
  `browser bundle with all of TensorFlow.js that training needs: ${bundle.kilobytes} KB minified, ${bundle.gzipKilobytes} KB gzip`,
);
const names = values.backends.split(',');
const executablePath = findChromium();
const backends = executablePath ? await runInBrowser(executablePath) : names.map(absent);
console.log(JSON.stringify({ cases: casesWith(values.only).length, bundle, backends }));
const isFailure = ({ isAvailable, results }) =>
  (!isAvailable && isRequired) || results.some(({ status }) => status === 'failed');
process.exitCode = backends.some(isFailure) ? 1 : 0;

function absent(name) {
  return { name, isAvailable: false, isRequired, reason: whyAbsent, results: [] };
}

async function runInBrowser(executablePath) {
  const server = await preview({ configFile, preview: { port: 0 } });
  const address = server.resolvedUrls.local[0];
  const browser = await chromium.launch({
    executablePath,
    args: values['without-webgpu'] ? quiet : [...quiet, ...softwareGpu],
  });
  try {
    const reports = [];
    for (const name of names) {
      reports.push({ name, isRequired, ...(await reportOf(browser, address, name)) });
    }
    return reports;
  } finally {
    await browser.close();
    await server.close();
  }
}

/** What the page says, and what it shows. */
async function reportOf(browser, address, backend) {
  const page = await browser.newPage();
  const query = new URLSearchParams({ backend, only: values.only });
  await page.goto(`${address}?${query}`);
  await page.waitForFunction(() => globalThis.conformanceReport !== undefined, null, {
    timeout: 300_000,
  });
  const report = await page.evaluate(() => globalThis.conformanceReport);
  const shown = await page.textContent('#status');
  await page.close();
  if (report.error !== undefined) throw new Error(`the page on ${backend}: ${report.error}`);
  return { ...report, shown };
}

function bundleSize() {
  const scripts = readdirSync(outputFolder, { recursive: true })
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFileSync(join(outputFolder, file)));
  const kilobytes = (sizes) => Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1000);
  return {
    kilobytes: kilobytes(scripts.map(({ length }) => length)),
    gzipKilobytes: kilobytes(scripts.map((script) => gzipSync(script, { level: 9 }).length)),
  };
}
