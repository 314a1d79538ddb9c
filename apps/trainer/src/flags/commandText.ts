import type { Command } from 'commander';
import { shellCommand } from '@dpquant/experiments';

/** A command with the flags that were given, as a shell reads it. */
export function commandText(command: Command): string {
  const flags = command.options.flatMap((option) => {
    const name = option.attributeName();
    if (command.getOptionValueSource(name) !== 'cli') return [];
    const value: unknown = command.getOptionValue(name);
    if (typeof value === 'boolean') return [value ? option.long! : `--no-${option.long!.slice(5)}`];
    const values = Array.isArray(value) ? (value as string[]) : [String(value)];
    return values.map((each) => shellCommand([option.long!, each]));
  });
  return [`dpquant ${command.name()}`, ...flags].join(' ');
}
