import { lazy, Suspense } from 'preact/compat';
import { TrainView } from '../train/TrainView.tsx';
import { route, routes, type Route } from './route.ts';

/** The view of each address; those that are loaded on demand are. */
const views = {
  train: TrainView,
  budget: lazy(async () => (await import('../budget/BudgetView.tsx')).BudgetView),
  formats: lazy(async () => (await import('../formats/FormatsView.tsx')).FormatsView),
  runs: lazy(async () => (await import('../runs/RunsView.tsx')).RunsView),
};

/** The page: its views behind tabs. A view that was left goes on: training is in a worker. */
export function App() {
  const current = route.value;
  const View = views[current];
  return (
    <>
      <header>
        <h1>DPQuant Studio</h1>
        <p class="motto">Private training in this tab: the data stays here.</p>
        <nav aria-label="Views">
          {(Object.keys(routes) as Route[]).map((name) => (
            <a href={`#/${name}`} aria-current={name === current ? 'page' : undefined} key={name}>
              {routes[name]}
            </a>
          ))}
        </nav>
      </header>
      <main>
        <Suspense fallback={<p>Loading …</p>}>
          <View />
        </Suspense>
      </main>
    </>
  );
}
