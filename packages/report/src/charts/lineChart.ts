import * as Plot from '@observablehq/plot';
import { textWidth } from '../text/textWidth.ts';
import { narrow } from './figure.ts';

/** One line of a chart. */
export interface Line {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** CSS colour of the page. */
  readonly colour: string;
  /** Lengths of dashes and gaps, to distinguish lines without colours. */
  readonly dashes?: string;
}

export interface LineChart {
  readonly lines: readonly Line[];
  readonly xLabel: string;
  readonly yLabel: string;
  readonly yDomain: readonly [low: number, high: number];
  /** Last planned epoch, where the axis ends. */
  readonly xEnd?: number;
  /** A labelled horizontal line. */
  readonly rule?: { readonly y: number; readonly label: string } | undefined;
  /** Formats the value of a line's last point; not shown if left out. */
  readonly valueText?: (y: number) => string;
  /** Greatest number of points per line; of longer lines some are left out. */
  readonly pointsPerLine?: number;
  readonly width?: number;
  readonly height?: number;
}

/** Lines of more points are drawn without dots. */
const mostDots = 30;

/** Values over whole numbers from 1, such as epochs. */
export function lineChart({
  lines: allLines,
  xLabel,
  yLabel,
  yDomain,
  xEnd = 1,
  rule,
  valueText,
  pointsPerLine = 400,
  width = narrow,
  height = 220,
}: LineChart): Plot.PlotOptions {
  const lines = allLines.map((line) => ({ ...line, points: thinned(line.points, pointsPerLine) }));
  const last = Math.max(xEnd, ...lines.flatMap(({ points }) => points.map(({ x }) => x)));
  const dots = lines.flatMap(({ points, colour }) =>
    points.length > mostDots ? [] : points.map((point) => ({ ...point, colour })),
  );
  const ends = lines.flatMap((line) => line.points.slice(-1));
  return {
    width,
    height,
    marginLeft: 44,
    marginRight: valueText ? roomFor(ends.map(({ y }) => valueText(y))) : 16,
    marginTop: 26,
    marginBottom: 38,
    style: { fontSize: '12px' },
    x: { domain: last === 1 ? [0.5, 1.5] : [1, last] },
    y: { domain: [...yDomain], nice: true },
    marks: [
      Plot.gridY({ ticks: 5 }),
      Plot.axisX({ ticks: wholeTicks(last), tickFormat: 'd', label: xLabel, labelArrow: 'none' }),
      Plot.axisY({ ticks: 5, label: yLabel, labelArrow: 'none' }),
      ...(rule
        ? [
            Plot.ruleY([rule.y], { stroke: 'var(--goal)', strokeDasharray: '6 4' }),
            Plot.text([rule], {
              y: 'y',
              text: 'label',
              frameAnchor: 'left',
              dx: 6,
              dy: -7,
              fill: 'var(--goal)',
            }),
          ]
        : []),
      ...lines.map(({ points: own, colour, dashes }) =>
        Plot.lineY(own, {
          x: 'x',
          y: 'y',
          stroke: colour,
          strokeWidth: 2,
          ...(dashes !== undefined && { strokeDasharray: dashes }),
        }),
      ),
      Plot.dot(dots, { x: 'x', y: 'y', fill: 'colour', r: 3.5 }),
      ...(valueText
        ? [
            Plot.text(ends, {
              x: 'x',
              y: 'y',
              text: ({ y }: { y: number }) => valueText(y),
              textAnchor: 'start',
              dx: 8,
              fontWeight: 'bold',
              stroke: 'var(--card)',
              strokeWidth: 4,
              fill: 'currentColor',
            }),
          ]
        : []),
    ],
    color: { type: 'identity' },
  };
}

/** Width in pixels right of the last point, for its value in bold. */
function roomFor(texts: readonly string[]): number {
  return Math.max(46, 14 + Math.ceil(Math.max(0, ...texts.map(textWidth))));
}

/** At most `most` evenly spaced points, always with the last one. */
function thinned<P>(points: readonly P[], most: number): readonly P[] {
  const stride = Math.ceil(points.length / most);
  return stride <= 1
    ? points
    : points.filter((_, i) => i % stride === 0 || i === points.length - 1);
}

/** At most ten whole numbers up to `last`, evenly spaced. */
function wholeTicks(last: number): number[] {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000].find(
    (each) => last / each <= 10,
  );
  const size = step ?? Math.ceil(last / 10);
  const ticks = Array.from({ length: Math.floor(last / size) }, (_, i) => (i + 1) * size);
  return size === 1 ? ticks : [1, ...ticks];
}

/** A range that contains the values with some margin, at least `least` wide. */
export function domainAround(
  values: readonly number[],
  least: number,
  [low, high]: readonly [low: number, high: number],
): [number, number] {
  const bottom = Math.min(...values);
  const top = Math.max(...values);
  const room = Math.max(0.12 * (top - bottom), (least - (top - bottom)) / 2);
  return [Math.max(low, bottom - room), Math.min(high, top + room)];
}
