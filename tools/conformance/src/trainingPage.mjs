import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build, createServer, preview } from 'vite';
import { findChromium, isRequired, quiet, whyAbsent } from './chromium.mjs';

// Writes the files of the page that the README of @dpquant/training shows, checks their types, and
// trains in the page by Vite's development server and as it is built, with the two headers and
// without. Prints one JSON object: what TypeScript said, and what each page showed.

const require = createRequire(import.meta.url);
const readme = require
  .resolve('@dpquant/training/package.json')
  .replace('package.json', 'README.md');
// Within the workspace, whose packages it imports.
const root = fileURLToPath(new URL('../dist/trainingPage', import.meta.url));

/** Blocks of the section that stand below the name of a file. */
function filesOf(markdown) {
  const [, section] = markdown.match(/^## In a browser\n(.*?)^## /ms);
  const blocks = section.matchAll(/^`([\w./]+)`:\n\n```\w+\n(.*?)^```$/gms);
  return [...blocks].map(([, file, content]) => ({ file, content }));
}

rmSync(root, { recursive: true, force: true });
const files = filesOf(readFileSync(readme, 'utf8'));
for (const { file, content } of files) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), content);
}

const compiler = require.resolve('typescript/bin/tsc');
const checked = spawnSync(process.execPath, [compiler, '-p', root], { encoding: 'utf8' });

/** What the page shows in the end. */
async function shownAt(browser, url) {
  const page = await browser.newPage();
  try {
    await page.goto(url);
    const end = '#status[data-state=done], #status[data-state=failed]';
    await page.waitForSelector(end, { timeout: 180_000 });
    return { shown: await page.textContent('#status') };
  } finally {
    await page.close();
  }
}

const port = { port: 0, host: '127.0.0.1' };
const shared = { root, logLevel: 'error' };
const servers = {
  development: () => createServer({ ...shared, server: port }).then((server) => server.listen()),
  production: () => preview({ ...shared, preview: port }),
  'production without headers': () => preview({ ...shared, configFile: false, preview: port }),
};

async function pages(executablePath) {
  await build(shared);
  const browser = await chromium.launch({ executablePath, args: quiet });
  const shown = {};
  try {
    for (const [name, start] of Object.entries(servers)) {
      const server = await start();
      try {
        shown[name] = await shownAt(browser, server.resolvedUrls.local[0]);
      } finally {
        await server.close();
      }
    }
    return shown;
  } finally {
    await browser.close();
  }
}

const executablePath = findChromium();
console.log(
  JSON.stringify({
    files: files.map(({ file }) => file),
    types: checked.stdout + checked.stderr,
    isRequired,
    ...(executablePath ? { pages: await pages(executablePath) } : { reason: whyAbsent }),
  }),
);
