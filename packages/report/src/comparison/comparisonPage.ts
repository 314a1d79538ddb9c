import type { ComparedRow, ComparedRun, ComparisonRecord } from '../comparisonRecord.ts';
import { page, tilesMarkup } from '../page/page.ts';
import { settingsTable } from '../page/settings.ts';
import type { RunRecords } from '../runRecords.ts';
import { html, nameText, type Content, type Markup } from '../text/html.ts';
import { epsilonText, percentText, plural, powerText } from '../text/numbers.ts';
import { shortened, withoutFolders } from '../text/shownText.ts';
import { comparisonFacts, scoreScale } from './comparisonFacts.ts';
import { comparisonFigures } from './comparisonFigures.ts';
import { comparisonTable } from './comparisonTable.ts';
import { scorePanels } from './scorePanels.ts';

/**
 * The page of a comparison: a table of results, differences with intervals, the score against
 * speed-up and over epochs, and the privacy budget that all runs together have spent.
 * Self-contained HTML, like `runPage`.
 *
 * @param runs by the name of their cell; runs that have not begun are missing
 */
export function comparisonPage(
  record: ComparisonRecord,
  runs: ReadonlyMap<string, RunRecords>,
): string {
  const rows = comparisonFacts(record, runs);
  const nameOf = (option: string) => withoutFolders(commonOption(option, record, runs));
  const [model, data] = [nameOf('model'), nameOf('data')];
  const title = ['Comparison', model && `of ${model}`, data && `on ${data}`].filter(Boolean);
  return page({
    title: `${title.join(' ')} · DPQuant`,
    hasGuarantee: !hasNone(record),
    version: record.versions['dpquant'],
    body: html`<p class="kind">DPQuant comparison</p>
      <h1>
        Comparison of ${plural(record.table.length, 'row')} ${model && html`of ${nameText(model)}`}
        ${data && html`on ${nameText(data)}`}
      </h1>
      ${verdict(record)} ${unfinished(record)} ${tiles(record)}
      <h2>Results</h2>
      ${comparisonTable(rows, record)}
      <h2>Score and speed-up</h2>
      ${comparisonFigures(rows, record)} ${scorePanels(rows, record)}
      <h2>Privacy cost</h2>
      ${privacy(record)}
      <h2>Settings</h2>
      ${settings(record)}`,
  });
}

/** A setting shared by all rows, given or default; empty if the rows differ. */
function commonOption(
  name: string,
  { shared }: ComparisonRecord,
  runs: ReadonlyMap<string, RunRecords>,
): string {
  if (shared[name] !== undefined) return String(shared[name]);
  const [value, ...others] = new Set(
    [...runs.values()].map(({ config }) => config.options?.[name]),
  );
  return others.length === 0 && typeof value === 'string' ? value : '';
}

function verdict(record: ComparisonRecord): Content {
  const { table, confidence, score } = record;
  const scale = scoreScale(record);
  const sign = score.better === 'greater' ? 1 : -1;
  const baseline = table.find(({ isBaseline }) => isBaseline);
  const measured = table.filter((row) => row.score !== null);
  if (measured.length === 0) {
    const hasFinished = record.runs.some(({ state }) => state === 'finished');
    return html`<p class="verdict">
      ${
        hasFinished
          ? html`No run has ${nameText(scale.name)}, by which rows are compared.`
          : 'No run has finished yet.'
      }
    </p>`;
  }
  const best = measured.reduce((a, b) => (sign * (b.score!.mean - a.score!.mean) > 0 ? b : a));
  const compared = table.filter(({ difference }) => difference?.interval);
  const isOneSided = (side: number) => (row: ComparedRow) =>
    row.difference!.interval!.every((end) => side * end > 0);
  const better = compared.filter(isOneSided(sign)).length;
  const worse = compared.filter(isOneSided(-sign)).length;
  const open = compared.length - better - worse;
  return html`<p class="verdict">
    The ${sign > 0 ? 'highest' : 'lowest'} mean ${nameText(scale.name)} is
    <b>${scale.text(best.score!.mean)}</b>, of
    ${nameText(best.label)}${
      baseline?.score && best !== baseline
        ? html`; the baseline, ${nameText(baseline.label)}, has
            <b>${scale.text(baseline.score.mean)}</b>`
        : best === baseline && ', the baseline'
    }.
    ${
      compared.length > 0
        ? `Of ${plural(compared.length, 'other row')}, ${countOf(better)} better than the ` +
          `baseline, ${countOf(worse)} worse, and ${countOf(open)} inconclusive, at ` +
          `${percentText(confidence, 0)} confidence each.`
        : table.length > 1 && 'There are too few seeds for an interval around any difference.'
    }
  </p>`;
}

function countOf(rows: number): string {
  return rows === 0 ? 'none is' : `${rows} ${rows === 1 ? 'is' : 'are'}`;
}

function unfinished({ runs }: ComparisonRecord): Content {
  const failed = runs.filter(({ state }) => state === 'failed');
  const open = runs.filter(({ state }) => state === 'not finished');
  if (failed.length + open.length === 0) return null;
  const counts = [
    failed.length > 0 && `${failed.length} failed`,
    open.length > 0 && `${open.length} ${open.length === 1 ? 'is' : 'are'} not finished`,
  ].filter((count) => count !== false);
  return html`<div class="warning">
    <p>
      <b>Of ${plural(runs.length, 'run')}, ${counts.join(' and ')}.</b> They are not included in the
      means.
    </p>
    <ul>
      ${[...failed, ...open].slice(0, mostListed).map((run) => html`<li>${nameText(run.cell)}: ${stateText(run)}</li>`)}
      ${failed.length + open.length > mostListed && html`<li>…</li>`}
    </ul>
  </div>`;
}

/** Greatest numbers of listed runs, and of characters of a run's error message. */
const mostListed = 50;
const longestProblem = 500;

function stateText({ state, problem }: ComparedRun): Content {
  return html`${state}${problem !== undefined && html`: ${nameText(shortened(problem, longestProblem))}`}`;
}

function tiles(record: ComparisonRecord): Markup {
  const { runs, seeds, composedEpsilon, delta } = record;
  const finished = runs.filter(({ state }) => state === 'finished').length;
  return tilesMarkup([
    { name: 'runs', value: `${finished} of ${runs.length}`, more: 'finished' },
    {
      name: 'seeds',
      value: String(seeds.length),
      more: `public part by seed ${record.splitSeed}`,
    },
    hasNone(record)
      ? {
          name: 'privacy',
          value: 'none',
          more: record.guarantee === 'public data' ? 'public data' : 'no guarantee',
        }
      : {
          name: 'ε of all runs together',
          value: epsilonText(composedEpsilon),
          more: `at δ = ${powerText(delta)}`,
        },
  ]);
}

const hasNone = ({ guarantee, composedEpsilon }: ComparisonRecord) =>
  guarantee !== 'differential privacy' || composedEpsilon === null;

function privacy(record: ComparisonRecord): Markup {
  const { guarantee, runs, composedEpsilon, delta } = record;
  if (guarantee === 'public data') {
    return html`<p>
      The data were declared public: the ε of all runs together is not computed, and there is no
      guarantee.
    </p>`;
  }
  if (hasNone(record)) {
    return html`<p class="warning">
      <b>There is no guarantee for all runs together</b>: at least one of them has none. What this
      page, or a model chosen with it, reveals about private examples is not bounded.
    </p>`;
  }
  return html`<p>
    ${runs.length === 1 ? 'The one run has' : `All ${plural(runs.length, 'run')} together have`}
    spent
    <b>ε = ${epsilonText(composedEpsilon)}</b> at δ =
    ${powerText(delta)}${
      runs.some(({ state }) => state !== 'finished') &&
      '; unfinished runs count with what they have spent so far'
    }.
    This is the privacy cost of this page, and of a model chosen with it: choosing the best run uses
    all of them. The ε of one run alone holds only if that run was chosen without looking at the
    others.
  </p>`;
}

function settings({
  shared,
  seeds,
  splitSeed,
  command,
  machine,
  versions,
}: ComparisonRecord): Markup {
  const made = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return html`${settingsTable(
      [
        ...Object.entries(shared).map(([flag, value]) => ({ flag, value })),
        { flag: 'seeds', value: seeds.join(', ') },
        { flag: 'split-seed', value: splitSeed },
      ],
      'Equal in all rows; all others are defaults',
    )}
    <p class="note">Made by:</p>
    <pre><code>${nameText(command)}</code></pre>
    <p class="note">
      On ${nameText(machine)}${made.length > 0 && html`, with ${nameText(made.join(', '))}`}.
    </p>`;
}
