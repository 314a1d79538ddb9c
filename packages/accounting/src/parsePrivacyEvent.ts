import {
  composed,
  gaussian,
  laplace,
  noiseCloseness,
  poissonSampled,
  sampledWithoutReplacement,
  selfComposed,
} from './events.ts';
import type { PrivacyEvent } from './events.ts';

type Fields = Readonly<Record<string, unknown>>;

const parsers: Readonly<Record<string, (fields: Fields, path: string) => PrivacyEvent>> = {
  gaussian: (fields, path) => gaussian(number(fields, 'noiseMultiplier', path)),
  laplace: (fields, path) => laplace(number(fields, 'scale', path)),
  noiseCloseness: (fields, path) => noiseCloseness(number(fields, 'divergence', path)),
  poissonSampled: (fields, path) =>
    poissonSampled(number(fields, 'sampleRate', path), parse(fields['event'], `${path}.event`)),
  sampledWithoutReplacement: (fields, path) =>
    sampledWithoutReplacement(
      number(fields, 'batchSize', path),
      number(fields, 'exampleCount', path),
      parse(fields['event'], `${path}.event`),
    ),
  composed: (fields, path) => {
    const events = fields['events'];
    if (!Array.isArray(events)) throw wrong(`${path}.events`, 'an array of events', events);
    return composed(events.map((event, index) => parse(event, `${path}.events[${index}]`)));
  },
  selfComposed: (fields, path) =>
    selfComposed(parse(fields['event'], `${path}.event`), number(fields, 'count', path)),
};

/**
 * Reads an event from parsed JSON. Values are checked as by the constructors; unknown fields are
 * dropped.
 *
 * @throws TypeError if the shape is not that of an event (the message says where), RangeError if a
 *   number is out of range
 */
export function parsePrivacyEvent(json: unknown): PrivacyEvent {
  return parse(json, 'event');
}

function parse(json: unknown, path: string): PrivacyEvent {
  if (typeof json !== 'object' || json === null) throw wrong(path, 'an object with a "kind"', json);
  const fields = json as Fields;
  const kind = fields['kind'];
  if (typeof kind !== 'string' || !Object.hasOwn(parsers, kind)) {
    throw wrong(`${path}.kind`, `one of ${Object.keys(parsers).join(', ')}`, kind);
  }
  return parsers[kind]!(fields, path);
}

function number(fields: Fields, name: string, path: string): number {
  const value = fields[name];
  if (typeof value !== 'number') throw wrong(`${path}.${name}`, 'a number', value);
  return value;
}

function wrong(path: string, expected: string, got: unknown): TypeError {
  return new TypeError(`${path}: expected ${expected}, got ${JSON.stringify(got) ?? 'nothing'}`);
}
