import * as Plot from '@observablehq/plot';
import { fitted, textWidth } from '../text/textWidth.ts';
import { narrow } from './figure.ts';

/** One cell of a heat map. */
export interface Cell {
  readonly column: number;
  readonly row: number;
  /** CSS colours of the page. */
  readonly colour: string;
  readonly ink: string;
  /** Text in the cell, shown if there is room. */
  readonly text: string;
  /** Tooltip, left out if there are too many cells. */
  readonly title: string;
}

export interface CellChart {
  readonly cells: readonly Cell[];
  readonly columns: readonly string[];
  /** Names of rows, from the top. */
  readonly rows: readonly string[];
  readonly xLabel: string;
  readonly yLabel: string;
  /** Length in characters of the longest cell text. */
  readonly textLength: number;
}

/** With more cells, tooltips would make the page too large. */
const mostTitles = 600;
/** In pixels. */
const widestName = 160;

/** A heat map of rows and columns. */
export function cellChart({
  cells,
  columns,
  rows,
  xLabel,
  yLabel,
  textLength,
}: CellChart): Plot.PlotOptions {
  const names = rows.map((row) => fitted(row, widestName));
  const marginLeft = 14 + Math.ceil(Math.max(...names.map(textWidth)));
  const marginRight = 12;
  const room = narrow - marginLeft - marginRight;
  const cellWidth = Math.min(54, Math.max(12, Math.floor(room / columns.length)));
  const width = Math.max(narrow, marginLeft + marginRight + cellWidth * columns.length);
  const cellHeight = rows.length <= 8 ? 26 : 18;
  const hasText = cellWidth >= 6.4 * textLength + 5;
  const hasTitles = cells.length <= mostTitles;
  return {
    width,
    height: cellHeight * rows.length + 62,
    marginLeft,
    // Limits the width of cells.
    marginRight: width - marginLeft - cellWidth * columns.length,
    marginTop: 22,
    marginBottom: 40,
    style: { fontSize: '12px' },
    x: { type: 'band', domain: columns.map((_, i) => i), padding: 0.08 },
    y: { type: 'band', domain: rows.map((_, i) => i), padding: 0.08 },
    color: { type: 'identity' },
    marks: [
      Plot.axisX({
        ticks: columnTicks(columns, cellWidth),
        tickFormat: (i: number) => columns[i]!,
        tickSize: 3,
        label: xLabel,
        labelAnchor: 'left',
        labelArrow: 'none',
        labelOffset: 34,
      }),
      Plot.axisY({
        tickFormat: (i: number) => names[i]!,
        tickSize: 0,
        label: yLabel,
        labelAnchor: 'top',
        labelArrow: 'none',
        dx: -2,
      }),
      Plot.cell(cells, {
        x: 'column',
        y: 'row',
        fill: 'colour',
        stroke: 'var(--line)',
        strokeWidth: 0.5,
        ...(hasTitles && { title: 'title' }),
      }),
      ...(hasText
        ? [Plot.text(cells, { x: 'column', y: 'row', text: 'text', fill: 'ink', fontSize: 11 })]
        : []),
    ],
  };
}

/** Columns whose names fit side by side. */
function columnTicks(columns: readonly string[], cellWidth: number): number[] {
  const longest = Math.max(...columns.map(({ length }) => length));
  const stride = Math.ceil((7 * longest + 6) / cellWidth);
  return columns.flatMap((_, i) => (i % stride === 0 ? [i] : []));
}
