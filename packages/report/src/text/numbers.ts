/** A fraction of 1 in percent: `91.05 %`. */
export function percentText(fraction: number, decimals = 2): string {
  return `${(100 * fraction).toFixed(decimals)}\u00a0%`;
}

/** A number with its sign; the minus sign is as wide as the plus. */
export function signed(value: number, decimals: number): string {
  const digits = Math.abs(value).toFixed(decimals);
  if (Number(digits) === 0) return digits;
  return `${value < 0 ? '−' : '+'}${digits}`;
}

/**
 * An ε, rounded up, because it is an upper bound; small values with three significant digits. Null
 * (infinity in JSON) becomes ∞.
 */
export function epsilonText(epsilon: number | null): string {
  if (epsilon === null || epsilon === Infinity) return '∞';
  if (!(epsilon > 0)) return '0';
  const needed = epsilon < 0.1 ? 2 - Math.floor(Math.log10(epsilon)) : 3;
  if (needed > 15) return powerText(epsilon);
  const scale = 10 ** needed;
  // An excess of up to a millionth of the last digit is a rounding error of the sum.
  return (Math.ceil(epsilon * scale - 1e-6) / scale).toFixed(needed);
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** A small number as a power of ten: `10⁻⁵`, `2.5·10⁻⁶`. */
export function powerText(value: number): string {
  const [digits, exponent] = value.toExponential(15).split('e') as [string, string];
  const mantissa = Number(Number(digits).toPrecision(3));
  const power = [...exponent.replace('+', '')]
    .map((digit) => (digit === '-' ? '⁻' : superscripts[Number(digit)]!))
    .join('');
  return mantissa === 1 ? `10${power}` : `${mantissa}·10${power}`;
}

/** A speed-up: `2.58×`. */
export function timesText(ratio: number): string {
  return `${ratio.toFixed(2)}×`;
}

/** A duration: `17 s`, `4 min 05 s`, `3 h 20 min`. */
export function durationText(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)}\u00a0s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}\u00a0s`;
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${two(whole % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** A count with thousands separators: `8,000`. */
export function countText(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** A rate with at least three digits: `0.512`, `43.1`, `1,414`. */
export function rateText(rate: number): string {
  return rate >= 100 ? countText(rate) : String(Number(rate.toPrecision(3)));
}

/** A number with its noun: `1 epoch`, `2 epochs`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

/** A number in a setting, with up to six digits. */
export function numberText(value: number): string {
  if (value !== 0 && Math.abs(value) < 1e-4) return powerText(value);
  return String(Number(value.toPrecision(6)));
}
