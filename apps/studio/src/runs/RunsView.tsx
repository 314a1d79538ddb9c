import { signal } from '@preact/signals';
import type { ReportMessage } from './messages.ts';

interface Report {
  readonly name: string;
  readonly url: string;
}

const reports = signal<readonly Report[]>([]);
const problem = signal<string | null>(null);
const isBusy = signal(false);
let worker: Worker | null = null;

function report(files: readonly File[]): void {
  if (files.length === 0) return;
  worker ??= new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<ReportMessage>) => {
    isBusy.value = false;
    if (data.kind === 'failed') problem.value = data.message;
    else {
      const url = URL.createObjectURL(new Blob([data.html], { type: 'text/html' }));
      reports.value = [...reports.value, { name: data.name, url }];
    }
  };
  const [folder] = (files[0]!.webkitRelativePath || 'run').split('/');
  problem.value = null;
  isBusy.value = true;
  worker.postMessage({ name: folder, files });
}

/** Reports of run folders, made in this tab. */
export function RunsView() {
  return (
    <section aria-labelledby="runs-title">
      <h2 id="runs-title">Reports of run folders</h2>
      <p class="faint">
        Of <code>dpquant train --out FOLDER</code>: config.json, metrics.jsonl, schedule.jsonl and
        summary.json are read in this tab.
      </p>
      <p class="actions">
        <label class="button">
          Choose a folder …
          <input
            type="file"
            class="hidden"
            disabled={isBusy.value}
            ref={(input) => input?.setAttribute('webkitdirectory', '')}
            onChange={({ currentTarget }) => {
              report([...(currentTarget.files ?? [])]);
              currentTarget.value = '';
            }}
          />
        </label>
        <label class="button">
          or its files …
          <input
            type="file"
            multiple
            class="hidden"
            accept=".json,.jsonl"
            disabled={isBusy.value}
            onChange={({ currentTarget }) => {
              report([...(currentTarget.files ?? [])]);
              currentTarget.value = '';
            }}
          />
        </label>
      </p>
      <div aria-live="polite">
        {isBusy.value && <p>Drawing …</p>}
        {problem.value !== null && (
          <p class="problem" role="alert">
            {problem.value}
          </p>
        )}
        <ul>
          {reports.value.map(({ name, url }) => (
            <li key={url}>
              {name}:{' '}
              <a href={url} target="_blank" rel="noreferrer">
                open the report
              </a>
              ,{' '}
              <a href={url} download={`${name}-report.html`}>
                save it
              </a>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
