import { lazy, Suspense } from 'preact/compat';
import { durationText, epsilonText, percentText } from '../page/texts.ts';
import { Downloads } from './Downloads.tsx';
import { ScheduleMap } from './ScheduleMap.tsx';
import { activity, secondsLeft, stop, train, type RunProgress } from './state.ts';

const AccuracyChart = lazy(async () => (await import('./AccuracyChart.tsx')).AccuracyChart);

/** How a run goes, and what it leaves. */
export function ProgressSection({ run }: { readonly run: RunProgress }) {
  const latest = run.epochs.at(-1);
  const left = secondsLeft.value;
  const isRunning = activity.value === 'training' || activity.value === 'stopping';
  return (
    <section aria-labelledby="progress-title">
      <h2 id="progress-title">3. {run.run.name}</h2>
      <div class="figures">
        <figure>
          <figcaption>accuracy on public examples</figcaption>
          <output id="accuracy">{percentText(latest?.accuracy ?? null)}</output>
        </figure>
        <figure>
          <figcaption>ε spent of {epsilonText(run.run.settings.epsilon)}</figcaption>
          <output id="epsilon">
            {run.spent ? epsilonText(run.spent.total) : latest ? epsilonText(latest.epsilon) : '–'}
          </output>
          {run.spent && (
            <small>
              steps {epsilonText(run.spent.training)}, analyses {epsilonText(run.spent.analysis)}
            </small>
          )}
        </figure>
        <figure>
          <figcaption>step</figcaption>
          <output id="steps">
            {run.done} of {run.steps || '…'}
          </output>
          {isRunning && left !== null && <small>about {durationText(left)} left</small>}
        </figure>
        <figure>
          <figcaption>examples a second</figcaption>
          <output>{run.examplesPerSecond === 0 ? '–' : Math.round(run.examplesPerSecond)}</output>
        </figure>
      </div>
      <progress aria-label="steps" max={Math.max(run.steps, 1)} value={run.done} />
      {run.lostSteps > 0 && (
        <p class="warning">
          {run.lostSteps} {run.lostSteps === 1 ? 'step was' : 'steps were'} charged and lost when
          the tab was closed: they stay charged, and the run has as many steps fewer.
        </p>
      )}
      <p class="actions" aria-live="polite">
        {isRunning && (
          <button disabled={activity.value === 'stopping'} onClick={stop}>
            {activity.value === 'stopping' ? 'Finishing the step …' : 'Stop'}
          </button>
        )}
        {run.stopped === 'interrupted' && activity.value === 'idle' && (
          <button
            class="primary"
            onClick={() => {
              void train(run.run);
            }}
          >
            Go on
          </button>
        )}
        {run.stopped !== null && run.stopped !== 'interrupted' && (
          <strong id="ended">{endText(run)}</strong>
        )}
      </p>
      {run.epochs.length > 0 && (
        <Suspense fallback={<p>Loading the chart …</p>}>
          <AccuracyChart points={run.epochs} />
        </Suspense>
      )}
      {run.schedule.size > 0 && <ScheduleMap run={run} />}
      <Downloads run={run.run.name} />
    </section>
  );
}

function endText({ stopped, epochs, run }: RunProgress): string {
  const latest = epochs.at(-1);
  const accuracy = percentText(latest?.accuracy ?? null);
  return `Finished (${stopped}): accuracy ${accuracy} at ε = ${epsilonText(run.settings.epsilon)}, δ = ${run.settings.delta}`;
}
