import { DataSection } from './DataSection.tsx';
import { ProgressSection } from './ProgressSection.tsx';
import { RunList } from './RunList.tsx';
import { SettingsSection } from './SettingsSection.tsx';
import { backend, data, problem, progress } from './state.ts';

/** Data, settings, cost, and how the run goes. */
export function TrainView() {
  return (
    <>
      {problem.value !== null && (
        <p role="alert" class="problem">
          {problem.value}
        </p>
      )}
      <RunList />
      <DataSection />
      {data.value && <SettingsSection />}
      {progress.value && <ProgressSection run={progress.value} />}
      {backend.value && (
        <footer class="faint">
          Computes on: {backend.value.device}.
          {!globalThis.crossOriginIsolated && (
            <> One thread: the server does not send the headers that isolate this page.</>
          )}
        </footer>
      )}
    </>
  );
}
