import { signal } from '@preact/signals';

/** The views, by the part of the address behind `#`. */
export const routes = {
  train: 'Train',
  budget: 'Budget',
  formats: 'Formats',
  runs: 'Runs',
} as const;
export type Route = keyof typeof routes;

function routeOf(hash: string): Route {
  const [name] = hash.replace(/^#\/?/, '').split('?');
  return name !== undefined && name in routes ? (name as Route) : 'train';
}

/** The view that is shown. */
export const route = signal<Route>(routeOf(location.hash));

addEventListener('hashchange', () => {
  route.value = routeOf(location.hash);
});

/** What stands behind `?` of the address, which holds settings and never data. */
export function addressState(): URLSearchParams {
  return new URLSearchParams(location.hash.split('?')[1] ?? '');
}

/** Puts settings into the address, without a new entry in the history. */
export function setAddressState(values: Readonly<Record<string, string>>): void {
  const query = new URLSearchParams(values).toString();
  history.replaceState(null, '', `#/${route.value}${query === '' ? '' : `?${query}`}`);
}
