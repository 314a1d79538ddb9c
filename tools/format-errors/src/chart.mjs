const colours = ['#4269d0', '#efb118', '#3ca951', '#ff725c'];
const rowHeight = 24;
const left = 110;
const plotWidth = 560;
const top = 58;

/**
 * A dot plot as SVG: a row a format, relative error on a logarithmic axis, a colour for each kind
 * of data; filled dots are rounded to nearest, rings stochastically.
 *
 * @param rows list of {format, errors: {data: {nearest, stochastic}}}, errors relative
 */
export function errorChart(rows, dataNames) {
  const all = rows.flatMap(({ errors }) => Object.values(errors).flatMap(Object.values));
  const lowest = Math.floor(Math.log10(Math.min(...all)));
  const highest = Math.ceil(Math.log10(Math.max(...all)));
  const x = (error) => left + ((Math.log10(error) - lowest) / (highest - lowest)) * plotWidth;
  const bottom = top + rows.length * rowHeight;
  const parts = [];
  for (let power = lowest; power <= highest; power++) {
    const at = x(10 ** power).toFixed(1);
    const label =
      power >= -2 ? `${10 ** (power + 2)} %` : `${(10 ** (power + 2)).toPrecision(1)} %`;
    parts.push(
      `<line x1="${at}" x2="${at}" y1="${top - 6}" y2="${bottom}" stroke="#ddd"/>`,
      `<text x="${at}" y="${bottom + 18}" text-anchor="middle">${label}</text>`,
    );
  }
  rows.forEach(({ format, errors }, row) => {
    const y = top + row * rowHeight + rowHeight / 2;
    parts.push(`<text x="${left - 10}" y="${y + 4}" text-anchor="end">${format}</text>`);
    parts.push(
      `<line x1="${left}" x2="${left + plotWidth}" y1="${y}" y2="${y}" stroke="#f0f0f0"/>`,
    );
    dataNames.forEach((name, i) => {
      const { nearest, stochastic } = errors[name];
      const shifted = y + (i - (dataNames.length - 1) / 2) * 4;
      parts.push(
        `<circle cx="${x(nearest).toFixed(1)}" cy="${shifted}" r="3.5" fill="${colours[i]}"/>`,
        `<circle cx="${x(stochastic).toFixed(1)}" cy="${shifted}" r="3.5" fill="#fff" stroke="${colours[i]}" stroke-width="1.5"/>`,
      );
    });
  });
  const legend = dataNames.map((name, i) => {
    const at = left + i * 150;
    return `<circle cx="${at}" cy="34" r="4" fill="${colours[i]}"/><text x="${at + 9}" y="38">${name}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + plotWidth + 60} ${bottom + 30}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${left}" y="16" font-weight="600">Relative error of number formats: filled to nearest, rings stochastic</text>`,
    ...legend,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}
