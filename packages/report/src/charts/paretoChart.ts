import * as Plot from '@observablehq/plot';
import { narrow } from './figure.ts';
import { domainAround } from './lineChart.ts';
import { placedLabels } from './placedLabels.ts';

export interface ParetoPoint {
  /** Shown beside the point. */
  readonly label: string;
  /** Greater is better. */
  readonly x: number;
  readonly y: number;
  readonly ySpread: number | null;
  readonly isOnFront: boolean;
}

const margins = { marginLeft: 48, marginRight: 20, marginTop: 28, marginBottom: 42 };
const height = 300;

/**
 * Whether each point is on the Pareto front: no other point is better in one coordinate without
 * being worse in the other.
 *
 * @param better whether a greater or a smaller `y` is better; a greater `x` always is
 */
export function onFront(
  points: readonly { readonly x: number; readonly y: number }[],
  better: 'greater' | 'less' = 'greater',
): boolean[] {
  const sign = better === 'greater' ? 1 : -1;
  const beats = (a: number, b: number) => sign * (a - b) > 0;
  return points.map(
    ({ x, y }) =>
      !points.some(
        (other) => other.x >= x && !beats(y, other.y) && (other.x > x || beats(other.y, y)),
      ),
  );
}

export interface ParetoAxes {
  readonly xLabel: string;
  readonly yLabel: string;
  /** Least range of the axis, and its bounds. */
  readonly yLeast: number;
  readonly yLimits: readonly [low: number, high: number];
}

export function paretoChart(
  points: readonly ParetoPoint[],
  { xLabel, yLabel, yLeast, yLimits }: ParetoAxes,
): Plot.PlotOptions {
  const spread = points.flatMap(({ y, ySpread }) => [y - (ySpread ?? 0), y + (ySpread ?? 0)]);
  const x = domainAround(
    points.map((point) => point.x),
    0.5,
    [0, Infinity],
  );
  const y = domainAround(spread, yLeast, yLimits);
  const labels = placedLabels(points, {
    x: { domain: x, range: [margins.marginLeft, narrow - margins.marginRight] },
    y: { domain: y, range: [height - margins.marginBottom, margins.marginTop] },
  });
  const front = points.filter(({ isOnFront }) => isOnFront).sort((a, b) => a.x - b.x);
  return {
    width: narrow,
    height,
    ...margins,
    style: { fontSize: '12px' },
    x: { domain: x },
    y: { domain: y },
    marks: [
      Plot.gridX({ ticks: 5 }),
      Plot.gridY({ ticks: 5 }),
      Plot.axisX({ ticks: 5, label: xLabel, labelArrow: 'none' }),
      Plot.axisY({ ticks: 5, label: yLabel, labelArrow: 'none' }),
      Plot.line(front, { x: 'x', y: 'y', stroke: 'var(--series-0)', strokeWidth: 1.5 }),
      Plot.ruleX(
        points.filter(({ ySpread }) => ySpread !== null),
        {
          x: 'x',
          y1: (point: ParetoPoint) => point.y - point.ySpread!,
          y2: (point: ParetoPoint) => point.y + point.ySpread!,
          stroke: 'var(--muted)',
        },
      ),
      Plot.dot(points, {
        x: 'x',
        y: 'y',
        r: 5,
        stroke: 'var(--series-0)',
        strokeWidth: 1.5,
        fill: ({ isOnFront }: ParetoPoint) => (isOnFront ? 'var(--series-0)' : 'var(--card)'),
      }),
      ...labels.map(({ label, dx, dy, point }) =>
        Plot.text([point], {
          x: 'x',
          y: 'y',
          text: () => label,
          dx,
          dy,
          fontWeight: point.isOnFront ? 'bold' : 'normal',
          stroke: 'var(--card)',
          strokeWidth: 4,
          fill: 'currentColor',
        }),
      ),
    ],
    color: { type: 'identity' },
  };
}
