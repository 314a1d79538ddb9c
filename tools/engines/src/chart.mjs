const colours = ['#4269d0', '#efb118', '#3ca951', '#ff725c', '#6cc5b0', '#9c6b4e'];
const [left, top, width, height] = [50, 34, 360, 300];

/**
 * Lines as SVG: how many times as fast a step is on several machines, both axes logarithmic, dashed
 * the best that could be.
 *
 * @param rows list of {name, format, speedUps}
 * @param machines numbers of them, one for each speed-up; the last is the greatest
 */
export function speedUpChart(rows, machines) {
  const most = Math.log2(machines.at(-1));
  const x = (n) => left + (Math.log2(n) / most) * width;
  const y = (speedUp) => top + height - (Math.max(0, Math.log2(speedUp)) / most) * height;
  const path = (values) =>
    values
      .map((value, i) => `${i ? 'L' : 'M'}${x(machines[i]).toFixed(1)} ${y(value).toFixed(1)}`)
      .join(' ');
  const axes = machines.flatMap((n) => [
    `<line x1="${x(n)}" x2="${x(n)}" y1="${top}" y2="${top + height}" stroke="#eee"/>`,
    `<line x1="${left}" x2="${left + width}" y1="${y(n)}" y2="${y(n)}" stroke="#eee"/>`,
    `<text x="${x(n)}" y="${top + height + 18}" text-anchor="middle">${n}</text>`,
    `<text x="${left - 8}" y="${y(n) + 4}" text-anchor="end">${n}×</text>`,
  ]);
  const lines = rows.map(
    ({ speedUps }, i) =>
      `<path d="${path(speedUps)}" fill="none" stroke="${colours[i]}" stroke-width="2"/>`,
  );
  const legend = rows.map(({ name, format }, i) => {
    const at = top + 14 + i * 20;
    const text = `${name}, ${format}`.replaceAll('`', '');
    return `<circle cx="${left + width + 24}" cy="${at - 4}" r="4" fill="${colours[i]}"/><text x="${left + width + 34}" y="${at}">${text}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 170} ${top + height + 46}" font-family="system-ui, sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    `<text x="${left}" y="18" font-weight="600">A model, not a measurement: times as fast as one machine</text>`,
    ...axes,
    `<path d="${path(machines)}" fill="none" stroke="#999" stroke-dasharray="4 4"/>`,
    ...lines,
    ...legend,
    `<text x="${left + width / 2}" y="${top + height + 38}" text-anchor="middle">machines</text>`,
    '</svg>',
    '',
  ].join('\n');
}
