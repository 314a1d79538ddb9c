interface LineChartProps {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** By x. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

const size = { width: 420, height: 220, left: 52, bottom: 34, top: 10, right: 12 };

/** A line of a few points, as SVG. */
export function LineChart({ title, x, y, points }: LineChartProps) {
  if (points.length === 0) return null;
  const xs = points.map(([value]) => value);
  const ys = points.map(([, value]) => value);
  const [left, right] = [Math.min(0, ...xs), Math.max(...xs)];
  const [low, high] = [Math.min(0, ...ys), Math.max(0, ...ys)];
  const place = ([px, py]: readonly [number, number]) => {
    const inner = size.width - size.left - size.right;
    const tall = size.height - size.top - size.bottom;
    const toX = size.left + ((px - left) / (right - left || 1)) * inner;
    const toY = size.top + (1 - (py - low) / (high - low || 1)) * tall;
    return [toX, toY] as const;
  };
  const line = points.map((point) =>
    place(point)
      .map((value) => value.toFixed(1))
      .join(' '),
  );
  const [, base] = place([left, low]);
  const last = points.at(-1)!;
  return (
    <figure class="line-chart">
      <figcaption>{title}</figcaption>
      <svg
        viewBox={`0 0 ${size.width} ${size.height}`}
        role="img"
        aria-label={`${title}: from ${text(points[0]![1])} to ${text(last[1])}`}
      >
        {[low, (low + high) / 2, high].map((value) => {
          const [, level] = place([left, value]);
          return (
            <g key={value}>
              <line
                x1={size.left}
                x2={size.width - size.right}
                y1={level}
                y2={level}
                class="grid"
              />
              <text x={size.left - 6} y={level + 4} text-anchor="end">
                {text(value)}
              </text>
            </g>
          );
        })}
        {[left, (left + right) / 2, right].map((value) => {
          const [at] = place([value, low]);
          return (
            <text key={value} x={at} y={base + 16} text-anchor="middle">
              {text(value)}
            </text>
          );
        })}
        <text x={size.width - size.right} y={base + 31} text-anchor="end" class="axis">
          {x}
        </text>
        <text x={4} y={size.top + 4} class="axis">
          {y}
        </text>
        <path d={`M ${line.join(' L ')}`} class="line" />
      </svg>
    </figure>
  );
}

const text = (value: number) =>
  Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString('en')
    : String(Number(value.toPrecision(3)));
