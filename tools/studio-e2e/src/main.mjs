import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serveStudio } from './page.mjs';

// The built studio in headless Chromium: a training on the digits, a browser that is killed in the
// middle of a step, and the privacy budget. Closes with the counts, as a test runner does.

/** A finished run, as its folder is kept. */
const recordedRun = fileURLToPath(
  new URL('../../../docs/experiments/fashion-six-average/runs/full-seed1', import.meta.url),
);

const folder = mkdtempSync(join(tmpdir(), 'dpquant-studio-'));
const studio = await serveStudio(join(folder, 'profile'));

const button = (page, name) => page.getByRole('button', { name, exact: true });
const numberIn = async (page, id) => Number.parseFloat(await page.locator(id).textContent());

/** Reads the digits, and sets what a short run needs. */
async function prepare(page, values) {
  await page.goto(studio.url);
  await button(page, 'Use the built-in digits').click();
  await button(page, 'Train').waitFor({ timeout: 60_000 });
  for (const [label, value] of Object.entries(values)) {
    await page.getByLabel(label, { exact: true }).fill(String(value));
    await page.keyboard.press('Tab');
  }
}

async function ended(page, timeout) {
  await page.locator('#ended, .problem').first().waitFor({ timeout });
  assert.equal(await page.locator('.problem').count(), 0, await problemText(page));
}

const problemText = async (page) => (await page.locator('.problem').allTextContents()).join(' ');

/** The ledger that the page offers, parsed. */
async function savedLedger(page) {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Save ledger.json' }).click(),
  ]);
  return JSON.parse(readFileSync(await download.path(), 'utf8'));
}

const stepsIn = ({ entries }) => entries.reduce((sum, { count = 1 }) => sum + count, 0);

const tests = {
  async 'trains on the digits to 85 % at ε = 3 within two minutes, and leaves its files'() {
    const { context, page, foreign, errors } = await studio.open();
    try {
      await prepare(page, {});
      await button(page, 'What will it cost?').click();
      await page.getByText('ε of the whole run').waitFor({ timeout: 60_000 });
      const start = Date.now();
      await button(page, 'Train').click();
      await ended(page, 240_000);
      const seconds = (Date.now() - start) / 1000;
      const accuracy = await numberIn(page, '#accuracy');
      console.log(`  ${accuracy} % in ${seconds.toFixed(0)} s`);
      assert.ok(accuracy >= 85, `accuracy ${accuracy} %`);
      assert.ok((await numberIn(page, '#epsilon')) <= 3);
      await page.getByRole('link', { name: 'Save model.safetensors' }).waitFor({ timeout: 60_000 });
      const ledger = await savedLedger(page);
      assert.equal(ledger.guarantee, 'differential privacy');
      assert.ok(stepsIn(ledger) >= 128);
      assert.deepEqual({ foreign, errors }, { foreign: [], errors: [] });
    } finally {
      await context.close();
    }
  },

  async 'goes on after the browser was killed in the middle, and forgets no charge'() {
    const first = await studio.open();
    await prepare(first.page, { Epochs: 2 });
    await button(first.page, 'Train').click();
    await first.page.waitForFunction(
      () => Number.parseInt(document.querySelector('#steps')?.textContent ?? '0', 10) >= 5,
      null,
      { timeout: 120_000 },
    );
    const taken = await numberIn(first.page, '#steps');
    killBrowser(first.context);
    const { context, page, errors } = await studio.open();
    try {
      await page.goto(studio.url);
      await button(page, 'Read its data').click();
      await button(page, 'Go on').click({ timeout: 60_000 });
      await ended(page, 240_000);
      await page.getByRole('link', { name: 'Save ledger.json' }).waitFor({ timeout: 60_000 });
      const charged = stepsIn(await savedLedger(page));
      assert.ok(charged >= taken, `${taken} steps were taken, ${charged} events are charged`);
      assert.ok((await numberIn(page, '#epsilon')) <= 3);
      await page.reload();
      await page.locator('.runs summary').click();
      const run = page.getByRole('listitem').filter({ hasText: 'finished' }).first();
      await run.waitFor();
      const count = await page.locator('.runs li').count();
      await run.getByRole('button', { name: 'Remove …' }).click();
      await run.getByRole('button', { name: 'Really remove it, with its ledger' }).click();
      await page.waitForFunction(
        (before) => document.querySelectorAll('.runs li').length < before,
        count,
        { timeout: 30_000 },
      );
      assert.deepEqual(errors, []);
    } finally {
      await context.close();
    }
  },

  async 'refuses a second tab that would write to the same run'() {
    const { context, page } = await studio.open();
    try {
      await prepare(page, { Epochs: 3 });
      await button(page, 'Train').click();
      await page.locator('#steps').waitFor();
      await page.waitForFunction(
        () => Number.parseInt(document.querySelector('#steps')?.textContent ?? '0', 10) >= 1,
        null,
        { timeout: 120_000 },
      );
      const other = await context.newPage();
      await other.goto(studio.url);
      await button(other, 'Read its data').first().click();
      await button(other, 'Go on').first().click({ timeout: 60_000 });
      await other.locator('.problem').waitFor({ timeout: 60_000 });
      assert.match(await problemText(other), /another page or worker of this site holds the run/);
      await button(page, 'Stop').click();
      await button(page, 'Go on').first().waitFor({ timeout: 60_000 });
    } finally {
      await context.close();
    }
  },

  async 'computes the noise of a budget, and keeps the question in the address'() {
    const { context, page, foreign } = await studio.open();
    try {
      await page.goto(`${studio.url}#/budget?epsilon=2&steps=500&sampleRate=0.05`);
      const answer = page.locator('#budget-answer strong');
      await answer.waitFor({ timeout: 60_000 });
      assert.equal(await answer.textContent(), 'ε = 2.00');
      await page.getByLabel('Steps', { exact: true }).fill('100');
      await page.keyboard.press('Tab');
      await page.getByText('100 steps at σ').waitFor({ timeout: 60_000 });
      assert.match(page.url(), /steps=100/);
      assert.deepEqual(foreign, []);
    } finally {
      await context.close();
    }
  },

  async 'shows number formats, and draws the report of a run folder'() {
    const { context, page, foreign, errors } = await studio.open();
    try {
      await page.goto(`${studio.url}#/formats?format=fp4-e2m1`);
      await page.getByLabel('A number to round').fill('2.4');
      await page.keyboard.press('Tab');
      await page.locator('#nearest', { hasText: /^2$/ }).waitFor({ timeout: 30_000 });
      await page.getByRole('link', { name: 'Runs' }).click();
      const names = ['config.json', 'metrics.jsonl', 'schedule.jsonl', 'summary.json'];
      const files = page.getByLabel('or its files …');
      await files.setInputFiles(names.map((name) => join(recordedRun, name)));
      const link = page.getByRole('link', { name: 'open the report' });
      await link.waitFor({ timeout: 60_000 });
      const [report] = await Promise.all([context.waitForEvent('page'), link.click()]);
      await report.getByRole('heading', { level: 2 }).first().waitFor({ timeout: 30_000 });
      assert.match(await report.title(), /DPQuant run/);
      await files.setInputFiles([join(recordedRun, 'summary.json')]);
      await page.locator('.problem', { hasText: 'config.json among them' }).waitFor();
      assert.deepEqual({ foreign, errors }, { foreign: [], errors: [] });
    } finally {
      await context.close();
    }
  },
};

/** Ends the browser at once, as a crash does: every process of this profile. */
function killBrowser() {
  const profile = join(folder, 'profile');
  const list = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' });
  for (const line of list.split('\n')) {
    if (!line.includes(`--user-data-dir=${profile}`)) continue;
    const pid = Number.parseInt(line, 10);
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended with its parent.
    }
  }
}

// `node main.mjs PART` runs the tests whose names contain it.
const [, , part = ''] = process.argv;
const chosen = Object.entries(tests).filter(([name]) => name.includes(part));
let failed = 0;
try {
  for (const [name, test] of chosen) {
    try {
      console.log(name);
      await test();
    } catch (error) {
      failed++;
      console.error(`FAILED: ${name}\n${error.stack}`);
    }
  }
} finally {
  await studio.close();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${chosen.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
