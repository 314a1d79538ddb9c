import * as Plot from '@observablehq/plot';
import { fitted, textWidth } from '../text/textWidth.ts';
import { narrow } from './figure.ts';

/** A row of a chart: name and value as text above, the drawing below. */
export interface LabelledRow {
  readonly label: string;
  readonly valueText: string;
  readonly value: number;
  /** Interval around the value. */
  readonly interval?: readonly [low: number, high: number] | null;
  readonly colour: string;
}

export interface RowChart {
  readonly rows: readonly LabelledRow[];
  readonly xLabel: string;
  /** `bars` from zero, or `intervals` around the values with a line at zero. */
  readonly kind: 'bars' | 'intervals';
}

const rowHeight = 42;
/** Height in pixels above a row, for name and value. */
const rowWidth = narrow - 34;

/** Rows of bars, or of dots with intervals; names may use the whole width. */
export function rowChart({ rows, xLabel, kind }: RowChart): Plot.PlotOptions {
  const height = rowHeight * rows.length + 48;
  const isBars = kind === 'bars';
  const ends = rows.flatMap(({ value, interval }) => [value, ...(interval ?? [])]);
  const low = Math.min(0, ...ends);
  const high = Math.max(0, ...ends);
  const room = isBars ? 0 : 0.06 * (high - low || 1);
  const placed = rows.map((row, i) => ({
    ...row,
    name: fitted(row.label, Math.max(80, rowWidth - 1.1 * textWidth(row.valueText))),
    top: i * rowHeight + 14,
    middle: i * rowHeight + 31,
    low: row.interval?.[0] ?? row.value,
    high: row.interval?.[1] ?? row.value,
  }));
  const drawn = isBars
    ? [
        Plot.rect(placed, {
          x1: 0,
          x2: 'value',
          y1: ({ middle }: { middle: number }) => middle - 7,
          y2: ({ middle }: { middle: number }) => middle + 7,
          fill: 'colour',
        }),
      ]
    : [
        Plot.ruleX([0], { stroke: 'var(--goal)', strokeDasharray: '4 3' }),
        Plot.ruleY(placed, {
          x1: 'low',
          x2: 'high',
          y: 'middle',
          stroke: 'colour',
          strokeWidth: 2,
          marker: 'tick',
        }),
        Plot.dot(placed, { x: 'value', y: 'middle', fill: 'colour', r: 4.5 }),
      ];
  return {
    width: narrow,
    height,
    marginLeft: 12,
    marginRight: 12,
    marginTop: 4,
    marginBottom: 40,
    style: { fontSize: '12px' },
    x: { domain: [low - room, high + room || 1] },
    y: { domain: [0, rowHeight * rows.length], range: [4, height - 44], axis: null },
    color: { type: 'identity' },
    marks: [
      Plot.gridX({ ticks: 5 }),
      Plot.axisX({ ticks: 5, label: xLabel, labelAnchor: 'center', labelArrow: 'none' }),
      ...drawn,
      Plot.text(placed, {
        y: 'top',
        text: 'name',
        frameAnchor: 'left',
        textAnchor: 'start',
        stroke: 'var(--card)',
        strokeWidth: 4,
        fill: 'currentColor',
      }),
      Plot.text(placed, {
        y: 'top',
        text: 'valueText',
        frameAnchor: 'right',
        textAnchor: 'end',
        fontWeight: 'bold',
        stroke: 'var(--card)',
        strokeWidth: 4,
        fill: 'currentColor',
      }),
    ],
  };
}
