import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { EpochPoint } from './state.ts';

/** Accuracy on the public part, and ε of what is charged, over epochs. */
export function AccuracyChart({ points }: { readonly points: readonly EpochPoint[] }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  useEffect(() => {
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const axis = { stroke: colour('--text'), grid: { stroke: colour('--line') } };
    const made = new uPlot(
      {
        width: place.current!.clientWidth,
        height: 220,
        cursor: { show: true },
        scales: { x: { time: false }, accuracy: { range: [0, 1] }, epsilon: { range: [0, null] } },
        axes: [
          { ...axis, label: 'epoch' },
          { ...axis, scale: 'accuracy', label: 'accuracy' },
          {
            ...axis,
            scale: 'epsilon',
            // The right side; the names of sides are not there at run time.
            // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
            side: 1,
            label: 'ε',
            grid: { show: false },
          },
        ],
        series: [
          { label: 'epoch' },
          { label: 'accuracy', scale: 'accuracy', stroke: colour('--accent'), width: 2 },
          { label: 'ε', scale: 'epsilon', stroke: colour('--second'), width: 2, dash: [6, 4] },
        ],
      },
      dataOf([]),
      place.current!,
    );
    chart.current = made;
    const resized = new ResizeObserver(() => {
      if (place.current) made.setSize({ width: place.current.clientWidth, height: 220 });
    });
    resized.observe(place.current!);
    return () => {
      resized.disconnect();
      made.destroy();
    };
  }, []);
  useEffect(() => {
    chart.current?.setData(dataOf(points));
  }, [points]);
  return <div ref={place} class="chart" role="img" aria-label={textOf(points)} />;
}

function dataOf(points: readonly EpochPoint[]): uPlot.AlignedData {
  return [
    points.map(({ epoch }) => epoch + 1),
    points.map(({ accuracy }) => accuracy),
    points.map(({ epsilon }) => epsilon),
  ];
}

const textOf = (points: readonly EpochPoint[]) =>
  `Accuracy by epoch: ${points.map(({ accuracy }) => `${(100 * (accuracy ?? 0)).toFixed(0)} %`).join(', ')}`;
