import { html, nameText, type Content, type Markup } from '../text/html.ts';
import { countText, numberText } from '../text/numbers.ts';
import type { RunRecords } from '../runRecords.ts';
import type { RunFacts } from './runFacts.ts';

const accountants: Readonly<Record<string, string>> = {
  pld: 'privacy loss distributions (PLD)',
  rdp: 'Rényi differential privacy (RDP)',
};

/** What the ε of a run means, and what it does not cover. */
export function guaranteeSection(
  { config, metrics, summary }: RunRecords,
  facts: RunFacts,
): Markup {
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
        'what anybody can learn about one of them from the model, the metrics, the layers chosen, the loss impacts and the ' +
          'ledger, all in this page but for the times' +
          (facts.isFinished ? '' : '; so far, what was spent; at the end, what the plan allows'),
      )}
      ${entry(
        'not covered',
        html`<ul>
          <li>the public part, by which the metrics are found</li>
          <li>
            the choice among several runs: each spends its own ε, and the best of them is not
            covered by one
          </li>
          <li>times, memory and power, and the rounding of the noise to float32</li>
        </ul>`,
      )}
    </dl>`;
}

/** Nothing of a run of an earlier version, which did not look. */
function arithmeticText(arithmetic: string | undefined): string | undefined {
  if (arithmetic === 'exact') {
    return (
      'exact: each adds its own whole numbers, of which the clip norm bounds the length, the same to the bit whoever is ' +
      'beside it, as a probe on made-up examples found'
    );
  }
  return arithmetic === 'float'
    ? 'to float rounding: what each adds may differ in its last digits with who is beside it, and the clip norm bounds it ' +
        'to that precision'
    : undefined;
}

function accountantText(name = 'pld'): Content {
  return Object.hasOwn(accountants, name) ? accountants[name] : nameText(name);
}

function entry(name: string, content: Content): Markup {
  return html`<dt>${name}</dt>
    <dd>${content}</dd>`;
}
