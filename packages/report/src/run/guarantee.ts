import { html, nameText, type Content, type Markup } from '../text/html.ts';
import { countText, numberText } from '../text/numbers.ts';
import type { RunRecords } from '../runRecords.ts';
import type { RunFacts } from './runFacts.ts';

const accountants: Readonly<Record<string, string>> = {
  pld: 'privacy loss distributions (PLD)',
  rdp: 'Rényi differential privacy (RDP)',
};

/** What the ε of a run means, and what it does not cover. */
export function guaranteeSection({ config, summary }: RunRecords, facts: RunFacts): Markup {
  const { plan } = config;
  const { hasGuarantee, whyNone, unitCount, units, oneUnit } = facts;
  if (!hasGuarantee) {
    return html`<h2>The guarantee</h2>
      <p class="warning">
        <b>None</b>: ${whyNone}. Nothing bounds what can be learned from this model and these
        records about the examples that it was trained on.
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
      ${plan && entry('accountant', accountantText(plan.accountant))}
      ${entry(
        'covered',
        'what anybody can learn about one of them from the model, the accuracies, the layers chosen, the loss impacts and the ' +
          'ledger, all in this page but for the times' +
          (facts.isFinished ? '' : '; so far, what was spent; at the end, what the plan allows'),
      )}
      ${entry(
        'not covered',
        html`<ul>
          <li>the public part, by which the accuracy is found</li>
          <li>
            the choice among several runs: each spends its own ε, and the best of them is not
            covered by one
          </li>
          <li>times, memory and power, and the rounding of the noise to float32</li>
        </ul>`,
      )}
    </dl>`;
}

function accountantText(name = 'pld'): Content {
  return Object.hasOwn(accountants, name) ? accountants[name] : nameText(name);
}

function entry(name: string, content: Content): Markup {
  return html`<dt>${name}</dt>
    <dd>${content}</dd>`;
}
