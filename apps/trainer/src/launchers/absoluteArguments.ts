import { resolve } from 'node:path';
import { computingFlags } from '../flags/computingOptions.ts';
import { settingName } from '../flags/flags.ts';
import { absoluteOption } from '../flags/optionPaths.ts';

/** Arguments of a run with paths from the root: it is started in another folder. */
export function absoluteArguments(args: readonly string[]): string[] {
  return args.map((argument) => {
    const [, key = '', value = ''] = /^--([\w-]+)=(.*)$/s.exec(argument) ?? [];
    if (key === '') return argument;
    if (key === 'out') return `--out=${resolve(value)}`;
    const name = Object.keys(computingFlags).find((each) => settingName(each) === key);
    const absolute = name === undefined ? value : absoluteOption(name, value);
    return `--${key}=${String(absolute)}`;
  });
}
