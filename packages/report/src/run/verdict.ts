import { tilesMarkup, type Tile } from '../page/page.ts';
import type { RunRecords } from '../runRecords.ts';
import { html, nameText, type Content, type Markup } from '../text/html.ts';
import {
  countText,
  durationText,
  epsilonText,
  percentText,
  plural,
  powerText,
  rateText,
  timesText,
} from '../text/numbers.ts';
import { metricScale } from '../text/metricScale.ts';
import { shortened } from '../text/shownText.ts';
import type { RunFacts } from './runFacts.ts';

/** In characters, for names chosen by users. */
const longestTile = 40;

/** The result of a run, in a sentence and in the most important numbers. */
export function verdict(records: RunRecords, facts: RunFacts): Markup {
  return html`<p class="kind">DPQuant training run</p>
    <h1>${nameText(facts.name)}</h1>
    <p class="verdict">
      ${sentence(facts)} ${privacySentence(facts)} ${precisionSentence(records)}
    </p>
    ${!facts.isFinished && unfinished(records, facts)} ${endSentence(records)}
    ${tilesMarkup(tiles(records, facts))}`;
}

function sentence({ isFinished, epochsEnded, ...facts }: RunFacts): Content {
  const subject = html`<b>${nameText(facts.model)}</b> on <b>${nameText(facts.data)}</b>`;
  const score = scoreOf(facts);
  const reached =
    score &&
    (score.isShare
      ? html`<b>${score.text}</b> ${nameText(score.name)}`
      : html`${nameText(score.name)} = <b>${score.text}</b>`);
  const place = 'on the public part of the data';
  if (isFinished) {
    if (reached) return html`${subject} reached ${reached} ${place}.`;
    return facts.metricNames.length === 0
      ? html`${subject} was trained; it has no score, because there is no public part.`
      : html`${subject} was trained; its score is not defined ${place}.`;
  }
  if (epochsEnded === 0) return html`${subject} has not finished its first epoch.`;
  const after = html`after ${plural(epochsEnded, 'epoch')}`;
  return reached
    ? html`${subject} has reached ${reached} ${place} ${after}.`
    : html`${subject} is being trained; it has no score ${after}.`;
}

/** Name and value of the score, if there is one. */
function scoreOf({ metricNames: [metric], score }: Pick<RunFacts, 'metricNames' | 'score'>) {
  if (metric === undefined || score === null) return null;
  const { name, text, factor } = metricScale(metric, [score]);
  return { name, text: text(score), isShare: factor === 100 };
}

function privacySentence(facts: RunFacts): Content {
  const { hasGuarantee, whyNone, delta, oneUnit, isFinished, epsilon, epsilonSpent } = facts;
  if (!hasGuarantee) return html`<b>It has no privacy guarantee</b>: ${whyNone}.`;
  const at = delta === undefined ? '' : ` at δ = ${powerText(delta)}`;
  const adjacency = html`under adding or removing ${oneUnit}`;
  if (isFinished) {
    return html`It is differentially private with <b>ε = ${epsilonText(epsilon ?? null)}</b>${at},
      ${adjacency}.`;
  }
  const goal =
    facts.epsilonTarget === undefined
      ? ''
      : ` of the ${epsilonText(facts.epsilonTarget)} it may spend`;
  return epsilonSpent === undefined
    ? html`How much ε it has spent is unknown.`
    : html`It has spent <b>ε = ${epsilonText(epsilonSpent)}</b>${goal}${at}, ${adjacency}.`;
}

function precisionSentence({ config, summary }: RunRecords): Content {
  const share = summary?.quantizedFraction;
  if (share === undefined) return null;
  const format = config.options?.['format'];
  return share === 0
    ? 'All layers ran in full precision.'
    : html`On average, ${percentText(share, 0)} of the layers ran in
      ${typeof format === 'string' ? nameText(format) : 'low precision'}.`;
}

function unfinished(records: RunRecords, { epochsEnded, epochsPlanned }: RunFacts): Markup {
  const charged = records.spending?.steps;
  const steps = records.config.plan?.steps;
  const parts = [
    epochsPlanned !== undefined && `${epochsEnded} of ${plural(epochsPlanned, 'epoch')} ended`,
    charged !== undefined &&
      steps !== undefined &&
      `${charged} of ${plural(steps, 'step')} charged`,
  ].filter((part) => part !== false);
  return html`<p class="warning">
    <b>Not finished</b> when this page was made${parts.length > 0 && `: ${parts.join(', ')}`}. If
    nothing runs any more, continue it with <code>dpquant train --resume --out</code> and the name
    of its folder.
  </p>`;
}

function endSentence({ summary }: RunRecords): Content {
  const stopped = summary?.stopped;
  if (stopped === undefined || stopped === 'finished') return null;
  return html`<p class="note">The run ended earlier than planned: ${stopped}.</p>`;
}

function tiles(records: RunRecords, facts: RunFacts): Tile[] {
  const { summary, measuredSpeedup, config } = records;
  const { hasGuarantee, isFinished, delta, epsilonTarget } = facts;
  const score = scoreOf(facts);
  const epsilon = isFinished ? facts.epsilon : facts.epsilonSpent;
  const all: (Tile | false)[] = [
    score !== null && {
      name: nameText(shortened(score.name, longestTile)),
      value: score.text,
      more: `on the public part${summary?.score?.better === 'less' ? '; less is better' : ''}`,
    },
    hasGuarantee
      ? {
          name: isFinished ? 'ε guaranteed' : 'ε spent so far',
          value: epsilon === undefined ? 'unknown' : epsilonText(epsilon),
          more:
            (delta === undefined ? '' : `at δ = ${powerText(delta)}`) +
            (epsilonTarget === undefined ? '' : `, goal ${epsilonText(epsilonTarget)}`),
        }
      : { name: 'privacy', value: 'none', more: 'no guarantee' },
    typeof summary?.theoreticalSpeedup === 'number' && {
      name: 'theoretical speed-up',
      value: timesText(summary.theoreticalSpeedup),
      more: 'of the multiplications over float32, computed',
    },
    measuredSpeedup !== undefined && {
      name: 'measured speed-up',
      value: timesText(measuredSpeedup),
      more: 'whole steps over float32, on one machine',
    },
    summary?.examplesPerSecond !== undefined && {
      name: 'throughput',
      value: `${rateText(summary.examplesPerSecond)}/s`,
      more: html`examples, in
      expectation${
        config.backend?.name !== undefined && html`, on ${nameText(config.backend.name)}`
      }`,
    },
    summary?.seconds !== undefined && {
      name: 'time',
      value: durationText(summary.seconds),
      more: summary.steps !== undefined && `${countText(summary.steps)} steps`,
    },
  ];
  return all.filter((tile) => tile !== false);
}
