import { Option } from 'commander';
import { z } from 'zod';
import type { ArgumentParser } from './argumentParsers.ts';

/** A flag of a command, in a table under the name of its option: `batchSize` for `--batch-size`. */
export interface Flag<Schema extends z.ZodType = z.ZodType> {
  /** Its value in help, as `<n>`; a flag without one switches something on, or off. */
  readonly argument?: string;
  readonly description: string;
  readonly parse?: (text: string) => unknown;
  /** Value of the option without the flag; true for a flag that switches something off. */
  readonly value?: unknown;
  /** Schema of the option in a file, where it may be missing if it has no default. */
  readonly schema: Schema;
  /** The heading that help shows it under. */
  readonly heading?: string;
}

export type Flags = Readonly<Record<string, Flag>>;

/** A flag with a value, and the default of it. */
export function setting<T>(
  argument: string,
  description: string,
  parse: ArgumentParser<T>,
  value: NoInfer<T>,
): Flag<z.ZodType<T>> {
  return { argument, description, parse, value, schema: parse.schema };
}

/** A flag with a value, which may be left out. */
export function optional<T>(
  argument: string,
  description: string,
  parse: ArgumentParser<T>,
): Flag<z.ZodExactOptional<z.ZodType<T>>> {
  return { argument, description, parse, schema: parse.schema.exactOptional() };
}

const truth = z.boolean('Expected true or false.');

/** A flag that switches something on. */
export function switchOn(description: string): Flag<z.ZodExactOptional<z.ZodBoolean>> {
  return { description, schema: truth.exactOptional() };
}

/** A flag `--no-…` that switches something off. */
export function switchOff(description: string): Flag<z.ZodBoolean> {
  return { description, value: true, schema: truth };
}

/** A flag `--no-…` that files of earlier versions do not have. */
export function newSwitchOff(description: string): Flag<z.ZodDefault<z.ZodBoolean>> {
  return { description, value: true, schema: truth.default(true) };
}

/** Flags under a heading. */
export function group<F extends Flags>(heading: string, flags: F): F {
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, { ...flag, heading }]),
  ) as F;
}

/** The name of an option as its flag has it: `batch-size`, and `privacy` of `--no-privacy`. */
export function settingName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** A flag as it is written, without its value. */
export function flagText(name: string, { argument, value }: Flag): string {
  const words = settingName(name);
  return argument === undefined && value === true ? `--no-${words}` : `--${words}`;
}

/** The flags of a table as options of commander. */
export function optionsOf(flags: Flags): Option[] {
  return Object.entries(flags).map(([name, flag]) => {
    const { argument, description, parse, value, heading } = flag;
    const text = flagText(name, flag);
    const option = new Option(argument ? `${text} ${argument}` : text, description);
    if (parse) option.argParser(parse);
    if (heading !== undefined) option.helpGroup(heading);
    return value === undefined ? option : option.default(value);
  });
}

/** Options by name as the flags of a table give them. */
export type OptionsOf<F extends Flags> = Readonly<z.infer<ReturnType<typeof schemaOf<F>>>>;

/** Schema of the options of a table of flags, in a file that a run has written. */
export function schemaOf<F extends Flags>(flags: F) {
  const shape = Object.entries(flags).map(([name, { schema }]) => [name, schema]);
  return z.strictObject(
    Object.fromEntries(shape) as {
      readonly [Name in keyof F]: F[Name] extends Flag<infer Schema> ? Schema : never;
    },
  );
}
