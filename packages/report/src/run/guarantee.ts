import { html, nameText, type Content, type Markup } from '../text/html.ts';
import { countText, numberText } from '../text/numbers.ts';
import type { RunRecords } from '../runRecords.ts';
import type { RunFacts } from './runFacts.ts';

const accountants: Readonly<Record<string, string>> = {
  pld: 'privacy loss distributions (PLD)',
  rdp: 'Rényi differential privacy (RDP)',
};

/** Explains the ε of a run, and what it does not cover. */
export function guaranteeSection(
  { config, metrics, summary }: RunRecords,
  facts: RunFacts,
): Markup {
  const { plan } = config;
  const { hasGuarantee, whyNone, unitCount, units, oneUnit } = facts;
  if (!hasGuarantee) {
    return html`<h2>The guarantee</h2>
      <p class="warning">
        <b>None</b>: ${whyNone}. What this model and these records reveal about the training
        examples is not bounded.
      </p>`;
  }
  const ofFirst = config.options?.['noiseRatio'] === 1 ? '' : 'of the first step ';
  const sampling = [
    plan?.sampleRate !== undefined &&
      `each takes part in a step with probability ${numberText(plan.sampleRate)}`,
    summary?.noiseMultiplier !== undefined &&
      `noise multiplier ${ofFirst}${numberText(Number(summary.noiseMultiplier.toPrecision(4)))}`,
    plan?.steps !== undefined && `${countText(plan.steps)} steps planned`,
  ].filter((part) => part !== false);
  const arithmetic = arithmeticText((summary ?? metrics.at(-1))?.arithmetic);
  return html`<h2>The guarantee</h2>
    <dl class="guarantee">
      ${entry('adjacency', html`adding or removing ${oneUnit}`)}
      ${entry(
        'protected',
        unitCount === undefined
          ? html`the private ${units}`
          : html`${countText(unitCount)} private ${units}`,
      )}
      ${sampling.length > 0 && entry('mechanism', sampling.join('; '))}
      ${arithmetic !== undefined && entry('sums', arithmetic)}
      ${plan && entry('accountant', accountantText(plan.accountant))}
      ${entry(
        'covered',
        'what anybody can learn about one of them from the model, the metrics, the chosen layers, the loss impacts, the ' +
          'ledger and this page, except for the times' +
          (facts.isFinished
            ? ''
            : '; now with the ε spent so far, at the end with the ε of the plan'),
      )}
      ${entry(
        'not covered',
        html`<ul>
          <li>the public part, on which the metrics are computed</li>
          <li>
            the choice among several runs: each spends its own ε, and the ε of one does not cover
            choosing the best
          </li>
          <li>times, memory and power, and the rounding of the noise to float32</li>
        </ul>`,
      )}
    </dl>`;
}

/** Undefined for runs of earlier versions, which did not check. */
function arithmeticText(arithmetic: string | undefined): string | undefined {
  if (arithmetic === 'exact') {
    return (
      'exact: the contribution of each is a vector of whole numbers within the clip norm and does not depend on ' +
      'the others in the batch, not even in one bit, as a probe with artificial examples showed'
    );
  }
  return arithmetic === 'float'
    ? 'up to float rounding: the contribution of each may depend on the others in the batch in its last digits, and ' +
        'the clip norm holds to that precision'
    : undefined;
}

function accountantText(name = 'pld'): Content {
  return Object.hasOwn(accountants, name) ? accountants[name] : nameText(name);
}

function entry(name: string, content: Content): Markup {
  return html`<dt>${name}</dt>
    <dd>${content}</dd>`;
}
