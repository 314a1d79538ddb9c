import type { ClassRecord, ClassReportRecord, RunRecords } from '../runRecords.ts';
import { html, nameText, type Content, type Markup } from '../text/html.ts';
import { countText } from '../text/numbers.ts';
import { confusionFigure, confusionTable } from './confusionFigure.ts';

/** Rows per table, and cells of all matrices together: limits that keep the page small. */
const mostRows = 200;
const mostCells = 2000;
/** Greatest number of outputs with tables. */
const mostReports = 12;

/** Metrics per class or label, and the confusion matrix; empty for tasks without classes. */
export function classSections({ summary }: RunRecords): Content {
  const reports = reportsOf(summary ?? {});
  let cells = mostCells;
  const sections = reports.slice(0, mostReports).map(([output, report]) => {
    const size = report.classes.length ** 2;
    const isDrawn = size <= cells;
    if (isDrawn && report.confusionMatrix) cells -= size;
    return section(output, report, isDrawn);
  });
  const left = reports.length - mostReports;
  return [
    ...sections,
    left > 0 &&
      html`<p class="note">
        Of ${reports.length} outputs the first ${mostReports} are shown; all are in summary.json.
      </p>`,
  ];
}

type NamedReport = readonly [output: string | null, report: ClassReportRecord];

function reportsOf({
  classes,
  confusionMatrix,
  classReports = {},
}: NonNullable<RunRecords['summary']> | Record<string, never>): NamedReport[] {
  const own: NamedReport[] = classes ? [[null, { classes, confusionMatrix }]] : [];
  return [...own, ...Object.entries(classReports)].filter(
    ([, report]) => report.classes.length > 0,
  );
}

function section(output: string | null, report: ClassReportRecord, isDrawn: boolean): Markup {
  const { classes } = report;
  const confusionMatrix = squareOf(report);
  // Multi-label tasks have no confusion matrix, nor do tasks with very many classes.
  const what = confusionMatrix || classes.length > 100 ? 'class' : 'label';
  const title = what === 'class' ? 'Class by class' : 'Label by label';
  return html`<h2>${title}${output !== null && html`: ${nameText(output)}`}</h2>
    <div class="figures">
      ${
        confusionMatrix &&
        (isDrawn
          ? confusionFigure(classes, confusionMatrix)
          : confusionTable(classes, confusionMatrix))
      }
      ${classTable(classes, what)}
    </div>`;
}

/** The matrix if it fits the classes; a damaged one is left out. */
function squareOf({
  classes,
  confusionMatrix,
}: ClassReportRecord): ClassReportRecord['confusionMatrix'] {
  const isSquare = [confusionMatrix, ...(confusionMatrix ?? [])].every(
    (list) => list?.length === classes.length,
  );
  return isSquare ? confusionMatrix : undefined;
}

function classTable(classes: readonly ClassRecord[], what: 'class' | 'label'): Markup {
  const shown = classes.slice(0, mostRows);
  const share = (value: number) => html`<td class="number">${value.toFixed(3)}</td>`;
  const of = what === 'class' ? 'the model assigned to the class' : 'the model gave the label';
  return html`<div class="card wide">
    <div class="scroll" tabindex="0" role="group" aria-label="Figures of each ${what}">
      <table class="classes">
        <caption>
          On the public part.
          <b>Precision</b
          >: of the examples that ${of}, the share that are right.
          <b>Recall</b
          >: of the examples that are of the ${what}, the share that the model found.
          <b>F1</b
          >: their harmonic
          mean.${
            classes.length > shown.length &&
            ` Of ${classes.length} the first ${shown.length} are shown; all are in summary.json.`
          }
        </caption>
        <thead>
          <tr>
            <th scope="col">${what}</th>
            <th scope="col" class="number">examples</th>
            <th scope="col" class="number">precision</th>
            <th scope="col" class="number">recall</th>
            <th scope="col" class="number">F1</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            ({ name, count, precision, recall, f1 }) =>
              html`<tr>
                <th scope="row">${nameText(name)}</th>
                <td class="number">${countText(count)}</td>
                ${share(precision)} ${share(recall)} ${share(f1)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </div>`;
}
