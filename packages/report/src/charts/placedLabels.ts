/** A point with its label. */
export interface LabelledPoint {
  readonly label: string;
  readonly x: number;
  readonly y: number;
}

export interface LinearAxis {
  readonly domain: readonly [number, number];
  /** In pixels. */
  readonly range: readonly [number, number];
}

/** A label, and the offset in pixels of its centre from its point. */
export interface PlacedLabel<P> {
  readonly label: string;
  readonly point: P;
  readonly dx: number;
  readonly dy: number;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const lineHeight = 13;
const characterWidth = 7;

/**
 * Places the label of each point beside it so that it covers no other label and no point. Points at
 * the same place share a label.
 */
export function placedLabels<P extends LabelledPoint>(
  points: readonly P[],
  axes: { readonly x: LinearAxis; readonly y: LinearAxis },
): PlacedLabel<P>[] {
  const groups: { point: P; labels: string[]; at: { x: number; y: number } }[] = [];
  for (const point of points) {
    const at = { x: pixel(axes.x, point.x), y: pixel(axes.y, point.y) };
    const same = groups.find((group) => Math.hypot(group.at.x - at.x, group.at.y - at.y) < 3);
    if (same) same.labels.push(point.label);
    else groups.push({ point, labels: [point.label], at });
  }
  const taken: Box[] = groups.map(({ at }) => boxAround(at, 12, 12));
  return groups.map(({ point, labels, at }) => {
    const label = labels.join(', ');
    const width = characterWidth * label.length + 2;
    const places = offsets(width).map(([dx, dy]) => ({
      dx,
      dy,
      box: boxAround({ x: at.x + dx, y: at.y + dy }, width, lineHeight),
    }));
    const isFree = ({ box }: { box: Box }) =>
      isWithin(box, axes) && !taken.some((other) => overlap(box, other));
    const place = places.find(isFree) ?? places[0]!;
    taken.push(place.box);
    return { label, point, dx: place.dx, dy: place.dy };
  });
}

/** Offsets around a point, the nearest first. */
function offsets(width: number): (readonly [number, number])[] {
  const side = width / 2 + 9;
  return [1, 1.9, 2.8].flatMap((factor) => {
    const away = side + 14 * (factor - 1);
    const up = 14 * factor;
    return [
      ...[[away, 0] as const, [0, -up] as const, [-away, 0] as const, [0, up] as const],
      ...[[away, -up] as const, [away, up] as const, [-away, -up] as const, [-away, up] as const],
    ];
  });
}

function pixel({ domain: [low, high], range: [from, to] }: LinearAxis, value: number): number {
  return from + ((value - low) / (high - low || 1)) * (to - from);
}

function boxAround({ x, y }: { x: number; y: number }, width: number, height: number): Box {
  return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function isWithin(box: Box, { x, y }: { x: LinearAxis; y: LinearAxis }): boolean {
  return (
    box.left >= x.range[0] &&
    box.right <= x.range[1] + 14 &&
    box.top >= y.range[1] - 8 &&
    box.bottom <= y.range[0]
  );
}
