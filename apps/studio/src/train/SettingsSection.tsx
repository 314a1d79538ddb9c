import { ChoiceField, NumberField } from '../page/Field.tsx';
import { durationText, epsilonText } from '../page/texts.ts';
import { commandOf, formats, imageModels, policies } from './defaults.ts';
import type { TrainSettings } from './messages.ts';
import {
  activity,
  askForEstimate,
  data,
  estimate,
  isBusy,
  settings,
  source,
  train,
} from './state.ts';

function change(changes: Partial<TrainSettings>): void {
  settings.value = { ...settings.value, ...changes };
  estimate.value = null;
}

/** What is trained, what it will cost, and the button that begins. */
export function SettingsSection() {
  const { inputShape } = data.value!;
  const models = inputShape.length === 3 ? imageModels : ['mlp'];
  const of = settings.value;
  const model = models.includes(of.model) ? of.model : models[0]!;
  if (model !== of.model) change({ model });
  const disabled = isBusy.value;
  return (
    <section aria-labelledby="settings-title">
      <h2 id="settings-title">2. Training</h2>
      <div class="fields">
        <ChoiceField
          label="Network"
          value={model}
          options={models}
          disabled={disabled}
          onChange={(value) => {
            change({ model: value });
          }}
        />
        <ChoiceField
          label="Schedule policy"
          hint="which layers run in low precision, epoch by epoch"
          value={of.policy}
          options={policies}
          disabled={disabled}
          onChange={(policy) => {
            change({ policy });
          }}
        />
        <ChoiceField
          label="Format"
          value={of.format}
          options={formats}
          disabled={disabled || of.policy === 'full'}
          onChange={(format) => {
            change({ format });
          }}
        />
        <NumberField
          label="Share of the layers in it"
          value={of.quantizedFraction}
          min={0}
          max={1}
          disabled={disabled || of.policy === 'full'}
          onChange={(quantizedFraction) => {
            change({ quantizedFraction });
          }}
        />
        <NumberField
          label="ε"
          hint="the smaller, the more private; 1 to 8 are usual"
          value={of.epsilon}
          min={0.01}
          disabled={disabled}
          onChange={(epsilon) => {
            change({ epsilon });
          }}
        />
        <NumberField
          label="δ"
          hint="below one over the number of examples"
          value={of.delta}
          min={1e-15}
          max={0.1}
          disabled={disabled}
          onChange={(delta) => {
            change({ delta });
          }}
        />
        <NumberField
          label="Epochs"
          value={of.epochs}
          min={1}
          step={1}
          disabled={disabled}
          onChange={(epochs) => {
            change({ epochs });
          }}
        />
        <NumberField
          label="Batch size"
          hint="expected; each is drawn at random"
          value={of.batchSize}
          min={1}
          step={1}
          disabled={disabled}
          onChange={(batchSize) => {
            change({ batchSize });
          }}
        />
        <NumberField
          label="Learning rate"
          value={of.learningRate}
          min={0}
          disabled={disabled}
          onChange={(learningRate) => {
            change({ learningRate });
          }}
        />
        <NumberField
          label="Public share"
          hint="of the examples, for the accuracy; outside of the guarantee"
          value={of.validationFraction}
          min={0.01}
          max={0.9}
          disabled={disabled}
          onChange={(validationFraction) => {
            change({ validationFraction });
          }}
        />
      </div>
      <p class="actions">
        <button disabled={disabled} onClick={askForEstimate}>
          What will it cost?
        </button>
        <button
          class="primary"
          disabled={disabled}
          onClick={() => {
            void train();
          }}
        >
          Train
        </button>
      </p>
      <div aria-live="polite">
        {activity.value === 'estimating' && <p>Timing steps on made-up examples …</p>}
        {estimate.value && <Costs />}
      </div>
      <details>
        <summary>The same on the command line</summary>
        <code class="command">
          {commandOf(of, source.value?.kind === 'digits' ? 'mnist' : data.value!.name)}
        </code>
      </details>
    </section>
  );
}

function Costs() {
  const { steps, noiseMultiplier, analyses, epsilon, seconds, warnings } = estimate.value!;
  return (
    <>
      <dl class="facts">
        <dt>ε of the whole run</dt>
        <dd>
          {epsilonText(epsilon.total)} (steps {epsilonText(epsilon.training)}, analyses{' '}
          {epsilonText(epsilon.analysis)})
        </dd>
        <dt>Steps</dt>
        <dd>
          {steps}
          {analyses > 0 && <>, and {analyses} analyses of what quantizing costs</>}
        </dd>
        <dt>Noise</dt>
        <dd>{noiseMultiplier.toFixed(3)} times the clip norm in each step</dd>
        <dt>Time</dt>
        <dd>about {durationText(seconds)} in this tab</dd>
      </dl>
      <p class="faint">{meaningOf(epsilon.total)}</p>
      {warnings.map((warning) => (
        <p class="warning" key={warning}>
          {warning}
        </p>
      ))}
    </>
  );
}

/** What ε means for one example, in plain words (hypothesis test at even odds). */
function meaningOf(epsilon: number): string {
  const odds = Math.exp(epsilon);
  const sure = odds / (1 + odds);
  return (
    `Whoever wonders whether one example was in the data, and thinks it as likely as not, can by the model ` +
    `become at most ${(100 * sure).toFixed(sure > 0.999 ? 2 : 0)} % sure of it (but for a chance of δ).`
  );
}
