/** An ε for people, rounded up to two decimals, since it is an upper bound. */
export function epsilonText(epsilon: number): string {
  return Number.isFinite(epsilon) ? (Math.ceil(epsilon * 100 - 1e-9) / 100).toFixed(2) : '∞';
}

/** Seconds as people say them. */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

export const percentText = (share: number | null) =>
  share === null ? '–' : `${(100 * share).toFixed(1)} %`;
