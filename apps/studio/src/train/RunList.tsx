import { useState } from 'preact/hooks';
import { Downloads } from './Downloads.tsx';
import type { SavedRun } from './savedRuns.ts';
import { askForFiles, data, isBusy, load, progress, remove, runs, train } from './state.ts';

/** Runs of this browser that can go on, or whose files can be saved. */
export function RunList() {
  const others = runs.value.filter(({ name }) => name !== progress.value?.run.name);
  if (others.length === 0) return null;
  const waiting = others.filter(({ isFinished }) => !isFinished).length;
  return (
    <details class="runs" open={waiting > 0 && !progress.value}>
      <summary>
        {others.length === 1 ? 'A run' : `${others.length} runs`} of before in this browser
        {waiting > 0 && `, ${waiting} to go on with`}
      </summary>
      <ul>
        {others.map((run) => (
          <RunItem key={run.name} run={run} />
        ))}
      </ul>
    </details>
  );
}

function RunItem({ run }: { readonly run: SavedRun }) {
  const [isSure, setIsSure] = useState(false);
  const isLoaded = data.value?.name === run.data;
  return (
    <li>
      <span>
        {run.name}, ε = {run.settings.epsilon}
        {run.isFinished ? ', finished' : ', not finished'}
      </span>{' '}
      {!run.isFinished && isLoaded && (
        <button
          disabled={isBusy.value}
          onClick={() => {
            void train(run);
          }}
        >
          Go on
        </button>
      )}
      {!run.isFinished && !isLoaded && run.isBuiltIn && (
        <button
          disabled={isBusy.value}
          onClick={() => {
            load({ kind: 'digits' });
          }}
        >
          Read its data
        </button>
      )}
      {!run.isFinished && !isLoaded && !run.isBuiltIn && (
        <em>choose {run.data} again to go on: data are not kept</em>
      )}
      <button
        disabled={isBusy.value}
        onClick={() => {
          askForFiles(run);
        }}
      >
        Its files
      </button>
      <Downloads run={run.name} />
      {isSure ? (
        <button
          class="danger"
          disabled={isBusy.value}
          onClick={() => {
            remove(run);
          }}
        >
          Really remove it, with its ledger
        </button>
      ) : (
        <button
          disabled={isBusy.value}
          onClick={() => {
            setIsSure(true);
          }}
        >
          Remove …
        </button>
      )}
    </li>
  );
}
