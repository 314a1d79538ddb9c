import { cellChart, type Cell } from '../charts/cellChart.ts';
import { figureMarkup, legendMarkup, type LegendEntry } from '../charts/figure.ts';
import type { RunRecords, ScheduleRecord } from '../runRecords.ts';
import { html, nameText, type Markup } from '../text/html.ts';
import { signed } from '../text/numbers.ts';
import { formatColours } from './formatColours.ts';
import { scheduleColumns, type ScheduleColumns } from './scheduleColumns.ts';
import { divergingScale, sequentialScale, type ColourScale } from './valueColours.ts';

/** Figures of the layers' formats, and of the loss impacts and probabilities behind them. */
export function scheduleFigures({ schedule }: RunRecords): Markup {
  if (schedule.length === 0) return html`<p class="note">No layers have been chosen yet.</p>`;
  return html`<div class="figures">
    ${formatFigure(schedule)} ${impactFigure(schedule)} ${probabilityFigure(schedule)}
  </div>`;
}

function formatFigure(schedule: readonly ScheduleRecord[]): Markup {
  const columns = scheduleColumns(schedule);
  const colours = formatColours(columns.records.flatMap(({ layers }) => Object.values(layers)));
  const cells = cellsOf(columns, ({ layers }, layer, where) => {
    if (!Object.hasOwn(layers, layer)) return null;
    const format = layers[layer]!;
    const { colour, ink, letter } = colours.get(format)!;
    return { colour, ink, text: letter, title: `${where}: ${format}` };
  });
  const entries = [...colours].map(([format, { colour, ink, letter }]) => ({
    ...{ colour, ink, letter },
    label: nameText(format),
  }));
  return mapFigure(columns, cells, {
    title: 'Formats of the layers',
    description: 'Which layer was computed in which number format, and when.',
    spoken: `${columns.layers.length} layers by ${columns.labels.length} columns, in ${[...colours.keys()].join(', ')}.`,
    legend: entries,
    textLength: 1,
    valueOf: ({ layers }, layer) => (Object.hasOwn(layers, layer) ? layers[layer]! : ''),
  });
}

function impactFigure(schedule: readonly ScheduleRecord[]): Markup | null {
  const impactsOf = ({ impacts }: ScheduleRecord) => impacts?.smoothed ?? impacts?.released;
  return valueFigure(
    schedule.filter((record) => impactsOf(record)),
    (record) => impactsOf(record)!,
    {
      title: 'Loss impacts',
      description:
        'Increase of the loss when a layer is quantized, released with noise and smoothed; layers with a low ' +
        'impact are drawn more often.',
      scaleOf: divergingScale,
      text: (value, most) => signed(value, decimalsFor(most)),
    },
  );
}

function probabilityFigure(schedule: readonly ScheduleRecord[]): Markup | null {
  return valueFigure(
    schedule.filter(({ probabilities }) => probabilities),
    ({ probabilities }) => probabilities!,
    {
      title: 'Draw probabilities',
      description: 'Probability with which each layer was drawn for low precision.',
      scaleOf: () => sequentialScale(0, 1),
      text: (value) => value.toFixed(2),
    },
  );
}

interface ValueFigure {
  readonly title: string;
  readonly description: string;
  readonly scaleOf: (values: readonly number[]) => ColourScale;
  /** @param most the greatest absolute value in the figure */
  readonly text: (value: number, most: number) => string;
}

function valueFigure(
  records: readonly ScheduleRecord[],
  valuesOf: (record: ScheduleRecord) => Readonly<Record<string, number>>,
  { title, description, scaleOf, text }: ValueFigure,
): Markup | null {
  if (records.length === 0) return null;
  const columns = scheduleColumns(records);
  const valueOf = (record: ScheduleRecord, layer: string) => {
    const values = valuesOf(record);
    return Object.hasOwn(values, layer) ? values[layer]! : null;
  };
  const values = columns.records.flatMap((record) =>
    columns.layers.flatMap((layer) => valueOf(record, layer) ?? []),
  );
  if (values.length === 0) return null;
  const scale = scaleOf(values);
  const most = Math.max(...values.map(Math.abs));
  const cells = cellsOf(columns, (record, layer, where) => {
    const value = valueOf(record, layer);
    if (value === null) return null;
    return { ...scale.of(value), text: text(value, most), title: `${where}: ${text(value, most)}` };
  });
  const range = ({ low, high }: { low: number; high: number }) =>
    `${text(low, most)} to ${text(high, most)}`;
  return mapFigure(columns, cells, {
    ...{ title, description },
    spoken: `From ${text(Math.min(...values), most)} to ${text(Math.max(...values), most)}.`,
    legend: scale.steps.map((step) => ({ colour: step.colour, label: range(step) })),
    textLength: Math.max(...values.map((value) => text(value, most).length)),
    valueOf: (record, layer) => {
      const value = valueOf(record, layer);
      return value === null ? '' : text(value, most);
    },
  });
}

/** Decimals that show two digits of the greatest value. */
function decimalsFor(most: number): number {
  return most === 0 ? 0 : Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(most))));
}

function cellsOf(
  { records, layers, labels, xLabel }: ScheduleColumns,
  cell: (
    record: ScheduleRecord,
    layer: string,
    where: string,
  ) => Omit<Cell, 'column' | 'row'> | null,
): Cell[] {
  return records.flatMap((record, column) =>
    layers.flatMap((layer, row) => {
      const made = cell(record, layer, `${layer}, ${xLabel} ${labels[column]}`);
      return made ? [{ column, row, ...made }] : [];
    }),
  );
}

interface MapFigure {
  readonly title: string;
  readonly description: string;
  readonly spoken: string;
  readonly legend: readonly LegendEntry[];
  readonly textLength: number;
  readonly valueOf: (record: ScheduleRecord, layer: string) => string;
}

/** A larger table would not be read. */
const mostTableCells = 600;

function mapFigure(columns: ScheduleColumns, cells: readonly Cell[], figure: MapFigure): Markup {
  const { labels, layers, xLabel, records, omitted } = columns;
  const { title, description, spoken, legend, textLength, valueOf } = figure;
  return figureMarkup({
    ...{ title, spoken },
    description: description + omitted,
    legend: legendMarkup(legend),
    chart: cellChart({ cells, columns: labels, rows: layers, xLabel, yLabel: 'layer', textLength }),
    details:
      cells.length <= mostTableCells &&
      html`<details>
        <summary>The same as a table</summary>
        <div class="scroll" tabindex="0" role="group" aria-label="${title}, as a table">
          <table>
            <caption>
              ${title} by ${xLabel}
            </caption>
            <thead>
              <tr>
                <th scope="col">layer</th>
                ${labels.map((label) => html`<th scope="col">${label}</th>`)}
              </tr>
            </thead>
            <tbody>
              ${layers.map(
                (layer) =>
                  html`<tr>
                    <th scope="row">${nameText(layer)}</th>
                    ${records.map(
                      (record) => html`<td class="number">${nameText(valueOf(record, layer))}</td>`,
                    )}
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>
      </details>`,
  });
}
