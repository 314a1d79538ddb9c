/**
 * Prints case × backend: the largest difference, or what else became of it; then what did not run,
 * and why.
 *
 * @param {(import('./runSuite.mjs').BackendReport & {isRequired: boolean})[]} reports
 */
export function printTable(reports) {
  const ran = reports.filter(({ isAvailable }) => isAvailable);
  const names = new Map();
  for (const { results } of ran) {
    for (const { group, name } of results) names.set(`${group}: ${name}`, { group, name });
  }
  const rows = [...names].map(([label, { group, name }]) => [
    label,
    ...ran.map(({ results }) =>
      cell(results.find((result) => result.group === group && result.name === name)),
    ),
  ]);
  const table = [['', ...ran.map(({ name }) => name)], ...rows];
  const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i].length)));
  for (const row of table) {
    console.log(
      row
        .map((text, i) => text.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    );
  }
  console.log();
  for (const report of reports) console.log(summary(report));
}

function cell(result) {
  if (!result) return '';
  const { status, difference } = result;
  if (status === 'failed') return 'FAILED';
  if (status === 'reference' || status === 'unsupported') return status;
  return difference === 0 ? 'equal' : difference.toExponential(1);
}

function summary({ name, isAvailable, isRequired, device, reason, results }) {
  if (!isAvailable) {
    return `${name}: NOT RUN${isRequired ? ', though it is required' : ''}. ${reason}`;
  }
  const count = (status) => results.filter((result) => result.status === status).length;
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  const others = [
    ['reference', 'are the reference'],
    ['unsupported', 'unsupported'],
  ].map(([status, words]) => (count(status) > 0 ? `, ${count(status)} ${words}` : ''));
  return `${name}: ${count('passed')} passed, ${count('failed')} failed${others.join('')}; ${device}; ${seconds.toFixed(1)} s`;
}
