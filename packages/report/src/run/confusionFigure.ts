import { cellChart, type Cell } from '../charts/cellChart.ts';
import { figureMarkup, legendMarkup } from '../charts/figure.ts';
import type { ClassRecord } from '../runRecords.ts';
import { html, nameText, type Markup } from '../text/html.ts';
import { countText, percentText } from '../text/numbers.ts';
import { shownText } from '../text/shownText.ts';
import { sequentialScale } from './valueColours.ts';

type Matrix = readonly (readonly number[])[];

/** A larger table would not be read. */
const mostTableCells = 600;
/** Rows of the table shown in place of a large matrix. */
const mostConfusions = 20;

/** Heat map of public examples by true class and predicted class. */
export function confusionFigure(classes: readonly ClassRecord[], matrix: Matrix): Markup {
  const scale = sequentialScale(0, 1);
  const names = classes.map(({ name }, i) => numbered(name, i));
  const columns = classes.map((_, i) => String(i));
  const cells = matrix.flatMap((counts, row): Cell[] => {
    const all = sumOf(counts);
    return counts.map((count, column) => {
      const share = all === 0 ? 0 : count / all;
      const { colour, ink } = scale.of(share);
      const isNone = count === 0;
      return {
        ...{ column, row, ink },
        colour: isNone ? 'var(--missing)' : colour,
        text: isNone ? '' : String(count),
        title:
          `${countText(count)} of ${countText(all)} examples of ${classes[row]!.name} (${percentText(share, 1)}) were ` +
          `classified as ${classes[column]!.name}`,
      };
    });
  });
  const right = sumOf(matrix.map((counts, i) => counts[i]!));
  const total = sumOf(matrix.map(sumOf));
  const areNamed = names.some((name, i) => name !== columns[i]);
  return figureMarkup({
    title: 'Confusion matrix',
    description:
      'A row for each class, a column for each predicted class' +
      `${areNamed ? ', numbered like the rows' : ''}. Correct predictions are on the diagonal. Colours are shares of a row.`,
    spoken: `${countText(right)} of ${countText(total)} public examples are on the diagonal. ${worstText(classes, matrix)}`,
    chart: cellChart({
      ...{ cells, columns, rows: names, xLabel: 'predicted class', yLabel: 'class' },
      textLength: Math.max(...matrix.flat().map((count) => String(count).length)),
    }),
    legend: legendMarkup([
      { colour: 'var(--missing)', label: 'none' },
      ...scale.steps.map(({ colour, low, high }) => ({
        colour,
        label: `${Math.round(100 * low)} to ${percentText(high, 0)}`,
      })),
    ]),
    details: cells.length <= mostTableCells && matrixTable(names, columns, matrix),
  });
}

function matrixTable(names: readonly string[], columns: readonly string[], matrix: Matrix): Markup {
  return html`<details>
    <summary>The same as a table</summary>
    <div class="scroll" tabindex="0" role="group" aria-label="Confusion matrix, as a table">
      <table>
        <caption>
          Examples by class (row) and predicted class (column)
        </caption>
        <thead>
          <tr>
            <th scope="col">class</th>
            ${columns.map((column) => html`<th scope="col" class="number">${column}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${matrix.map(
            (counts, row) =>
              html`<tr>
                <th scope="row">${nameText(names[row]!)}</th>
                ${counts.map((count) => html`<td class="number">${countText(count)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}

/** The most frequent confusions, if there are too many classes for a heat map. */
export function confusionTable(classes: readonly ClassRecord[], matrix: Matrix): Markup {
  const worst = confusions(matrix).slice(0, mostConfusions);
  return html`<div class="card">
    <table>
      <caption>
        The most frequent confusions in the public part. ${classes.length} classes are too many for
        a heat map; the whole confusion matrix is in summary.json.
      </caption>
      <thead>
        <tr>
          <th scope="col">class</th>
          <th scope="col">predicted class</th>
          <th scope="col" class="number">examples</th>
        </tr>
      </thead>
      <tbody>
        ${worst.map(
          ({ row, column, count }) =>
            html`<tr>
              <th scope="row">${nameText(classes[row]!.name)}</th>
              <td>${nameText(classes[column]!.name)}</td>
              <td class="number">${countText(count)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function worstText(classes: readonly ClassRecord[], matrix: Matrix): string {
  const [worst] = confusions(matrix);
  if (!worst) return 'There are no confusions.';
  const name = (i: number) => shownText(classes[i]!.name);
  return `Most often, ${name(worst.row)} was classified as ${name(worst.column)}: ${countText(worst.count)} times.`;
}

interface Confusion {
  readonly row: number;
  readonly column: number;
  readonly count: number;
}

/** Cells off the diagonal, most frequent first. */
function confusions(matrix: Matrix): Confusion[] {
  return matrix
    .flatMap((counts, row) => counts.map((count, column) => ({ row, column, count })))
    .filter(({ row, column, count }) => row !== column && count > 0)
    .sort((a, b) => b.count - a.count);
}

/** A class with its number, which is used for columns. */
function numbered(name: string, i: number): string {
  return name === String(i) ? name : `${i} ${name}`;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
