import { clipNormRange } from '../noise/grid.ts';
import { isOnGrid } from '../noise/noiseRange.ts';

/** A condition for a number, and its text in error messages. */
export interface Range {
  readonly text: string;
  readonly holds: (value: number) => boolean;
}

const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;

/** Allowed ranges of the numbers of a plan. */
export const ranges = {
  count: { text: 'a whole number ≥ 0', holds: isCount },
  positiveCount: { text: 'a whole number > 0', holds: (value) => isCount(value) && value > 0 },
  rate: { text: 'a number in (0, 1]', holds: (value) => value > 0 && value <= 1 },
  positive: { text: 'a number > 0', holds: (value) => value > 0 && value < Infinity },
  noiseMultiplier: {
    text: 'a number > 0, from 2^-16 to below 2^22, the range of noise on a grid of 2^20 units',
    holds: isOnGrid,
  },
  clipNorm: {
    text: 'a number > 0, from 2^-60 to 2^60 (scale the loss instead)',
    holds: (value) => value >= clipNormRange.smallest && value <= clipNormRange.greatest,
  },
  any: { text: 'a number', holds: () => true },
} satisfies Record<string, Range>;

/**
 * The fields of one object of a plan that may come from a damaged file. Each is read once, so that
 * an object with changing values cannot pass the checks. What is `undefined` counts as left out.
 */
export class PlanFields {
  readonly #path: string;
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #known = new Set<string>();

  /**
   * @param path name of the object, empty for the plan itself
   * @throws TypeError if it is not an object
   */
  constructor(json: unknown, path: string) {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw wrong(path || 'plan', 'an object', json);
    }
    this.#path = path;
    this.#values = new Map(Object.entries(json).filter(([, value]) => value !== undefined));
  }

  /** The value of a field, which then counts as known; undefined if it was left out. */
  value(name: string): unknown {
    this.#known.add(name);
    return this.#values.get(name);
  }

  /** Full name of a field in error messages. */
  nameOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }

  /** @throws TypeError if it is not a number, RangeError if it is out of range */
  number(name: string, range: Range): number {
    const value = this.value(name);
    if (typeof value === 'number' && range.holds(value)) return value;
    throw this.wrong(name, range.text);
  }

  /** A number that may be left out, ready to be spread. */
  optionalNumber<Name extends string>(name: Name, range: Range): Partial<Record<Name, number>> {
    if (this.value(name) === undefined) return {};
    return { [name]: this.number(name, range) } as Record<Name, number>;
  }

  /** One of several strings, ready to be spread; nothing if it was left out. */
  optionalChoice<Name extends string, const Choice extends string>(
    name: Name,
    choices: readonly Choice[],
  ): Partial<Record<Name, Choice>> {
    const value = this.value(name);
    if (value === undefined) return {};
    if (choices.includes(value as Choice)) return { [name]: value } as Record<Name, Choice>;
    throw this.wrong(name, choices.map((choice) => `'${choice}'`).join(' or '));
  }

  /** The error about a field whose value is not what was expected. */
  wrong(name: string, expected: string): Error {
    return wrong(this.nameOf(name), expected, this.value(name));
  }

  /** @throws TypeError for an unknown field, which may be misspelt */
  requireNoOthers(): void {
    const other = [...this.#values.keys()].find((name) => !this.#known.has(name));
    if (other === undefined) return;
    throw new TypeError(
      `${this.nameOf(other)}: there is no such field; expected ${[...this.#known].join(', ')}`,
    );
  }
}

function wrong(name: string, expected: string, got: unknown): Error {
  const shown = typeof got === 'number' ? String(got) : (JSON.stringify(got) ?? 'nothing');
  const message = `${name}: expected ${expected}, got ${shown.replace(/^"(.*)"$/, "'$1'")}`;
  return typeof got === 'number' || typeof got === 'string'
    ? new RangeError(message)
    : new TypeError(message);
}
