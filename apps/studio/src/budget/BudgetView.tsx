import { useEffect } from 'preact/hooks';
import { ChoiceField, NumberField } from '../page/Field.tsx';
import { epsilonText } from '../page/texts.ts';
import { LineChart } from './LineChart.tsx';
import type { BudgetQuestion } from './messages.ts';
import { answer, compute, isComputing, ledgers, problem, question, readLedgers } from './state.ts';

const wantedTexts = {
  noiseMultiplier: 'noise, for an ε',
  epsilon: 'ε, of some noise',
  steps: 'steps, within an ε',
} as const;

type Name = 'epsilon' | 'delta' | 'noiseMultiplier' | 'steps' | 'sampleRate';

/** Any of ε, noise and steps out of the others, their curves, and what ledgers have spent. */
export function BudgetView() {
  useEffect(() => {
    if (!answer.value) compute();
  }, []);
  const of = question.value;
  const found = answer.value?.values;
  const field = (
    name: Name,
    label: string,
    hint: string,
    more: { max?: number; step?: number },
  ) => (
    <NumberField
      label={of.wanted === name ? `${label} (computed)` : label}
      hint={hint}
      value={of.wanted === name && found ? rounded(found[name]) : of[name]}
      min={0}
      {...more}
      disabled={of.wanted === name}
      onChange={(value) => {
        compute({ [name]: value });
      }}
    />
  );
  return (
    <>
      <section aria-labelledby="budget-title">
        <h2 id="budget-title">What a private training costs</h2>
        <div class="fields">
          <ChoiceField
            label="Compute"
            value={wantedTexts[of.wanted]}
            options={Object.values(wantedTexts)}
            onChange={(text) => {
              const wanted = Object.entries(wantedTexts).find(([, value]) => value === text)![0];
              compute({ wanted: wanted as BudgetQuestion['wanted'] });
            }}
          />
          {field('epsilon', 'ε', 'what the whole training is to cost at most', {})}
          {field('delta', 'δ', 'below one over the number of examples', { max: 0.5 })}
          {field('noiseMultiplier', 'Noise multiplier σ', 'over the clip norm, in each step', {})}
          {field('steps', 'Steps', 'of the optimizer', { step: 1 })}
          {field('sampleRate', 'Sampling rate', 'batch size over number of examples', { max: 1 })}
        </div>
        <p aria-live="polite" id="budget-answer">
          {problem.value !== null ? (
            <span class="problem">{problem.value}</span>
          ) : isComputing.value || !found ? (
            'Computing …'
          ) : (
            <>
              {found.steps.toLocaleString('en')} steps at σ = {found.noiseMultiplier.toPrecision(4)}{' '}
              cost <strong>ε = {epsilonText(found.epsilon)}</strong> at δ = {found.delta}.
            </>
          )}
        </p>
        {answer.value && (
          <div class="charts">
            <LineChart
              title="ε over steps"
              x="steps"
              y="ε"
              points={answer.value.overSteps.map(({ steps, epsilon }) => [steps, epsilon])}
            />
            <LineChart
              title="δ over ε, of all steps"
              x="ε"
              y="log₁₀ δ"
              points={answer.value.overEpsilon
                .filter(({ delta }) => delta > 1e-15)
                .map(({ epsilon, delta }) => [epsilon, Math.log10(delta)])}
            />
          </div>
        )}
      </section>
      <section aria-labelledby="meaning-title">
        <h2 id="meaning-title">What the guarantee says</h2>
        <p>
          <strong>Adding or removing</strong> one example changes the probability of every outcome
          by a factor of at most e<sup>ε</sup>, but for a chance of δ. That is what is counted here.
          Where one example is <strong>replaced</strong> by another, both happen: the same training
          is (2ε, (1 + e<sup>ε</sup>)·δ)-private for that. Several trainings on the same people
          compose: drop their ledgers below.
        </p>
      </section>
      <section aria-labelledby="ledgers-title">
        <h2 id="ledgers-title">What was spent before</h2>
        <label class="button">
          Choose ledger.json files …
          <input
            type="file"
            multiple
            accept=".json"
            class="hidden"
            onChange={({ currentTarget }) => {
              if (currentTarget.files?.length) void readLedgers(currentTarget.files);
            }}
          />
        </label>
        {ledgers.value && (
          <table>
            <caption>ε at δ = {of.delta}</caption>
            <tbody>
              {ledgers.value.each.map(({ name, epsilon, hasGuarantee }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{hasGuarantee ? epsilonText(epsilon) : 'no guarantee'}</td>
                </tr>
              ))}
              <tr>
                <th scope="row">all together</th>
                <td>{epsilonText(ledgers.value.total)}</td>
              </tr>
            </tbody>
          </table>
        )}
      </section>
    </>
  );
}

const rounded = (value: number) => Number(value.toPrecision(5));
