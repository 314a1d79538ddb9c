import type { Command } from 'commander';

/** A command with the flags that were given, as a shell reads it. */
export function commandText(command: Command): string {
  const quoted = (text: string) =>
    /^[\w./,=:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
  const flags = command.options.flatMap((option) => {
    const name = option.attributeName();
    if (command.getOptionValueSource(name) !== 'cli') return [];
    const value: unknown = command.getOptionValue(name);
    if (typeof value === 'boolean') return [value ? option.long! : `--no-${option.long!.slice(5)}`];
    const values = Array.isArray(value) ? (value as string[]) : [String(value)];
    return values.map((each) => `${option.long} ${quoted(each)}`);
  });
  return [`dpquant ${command.name()}`, ...flags].join(' ');
}
