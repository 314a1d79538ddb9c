import { Command, InvalidArgumentError, Option } from 'commander';
import {
  bitsPerValue,
  codeToHex,
  formatNames,
  formatValues,
  isBlockFormat,
  numberFormat,
  smallestPositive,
  type BlockFormat,
  type FormatValue,
  type NumberFormat,
} from '@dpquant/quantization';
import { oneOf, seed } from '../flags/argumentParsers.ts';
import { mixNames, mixOf, mixText } from '../flags/formatMixes.ts';
import {
  encodeBlocks,
  encodeNumbers,
  jsonNumber,
  roundings,
  type EncodeOptions,
} from '../flags/encodedNumbers.ts';
import { didYouMean } from '../flags/suggestions.ts';
import { table } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { asUsage, UsageError } from '../flags/usageError.ts';

/** Greatest number of values that are listed in a table. */
const longestTable = 256;

/** `dpquant formats`: what number formats there are, and what they make of numbers. */
export function formatsCommand(terminal: Terminal): Command {
  return new Command('formats')
    .description('Number formats: a list, the values of one, or the codes of numbers.')
    .argument('[name]', 'format whose values are shown')
    .option('--json', 'one JSON object on standard output')
    .addHelpText(
      'after',
      `
Examples:
  dpquant formats                 all formats
  dpquant formats fp8-e4m3        its codes and values
  dpquant formats encode --format fp4-e2m1 --values 0.25,0.75,5.01
  dpquant formats encode --format nvfp4 --values 1,2,3,400 \\
    --rounding stochastic --seed 1`,
    )
    .action((name: string | undefined, options: { json?: boolean }) => {
      const isJson = options.json === true;
      if (name === undefined) listFormats(terminal, isJson);
      else if (mixNames().includes(name)) showMix(terminal, name, isJson);
      else showFormat(terminal, formatNamed(name), isJson);
    })
    .addCommand(encodeCommand(terminal));
}

function encodeCommand(terminal: Terminal): Command {
  return new Command('encode')
    .description('Codes of numbers in a format, and the values that the codes stand for.')
    .requiredOption('--format <name>', `format: ${formatNames().join(', ')}`, encodableFormat)
    .requiredOption('--values <a,b,c>', 'numbers, with commas between', numberList)
    .addOption(
      new Option('--rounding <mode>', 'how what lies between two values is rounded')
        .choices(Object.keys(roundings))
        .default('nearest'),
    )
    .option('--seed <n>', 'makes stochastic rounding reproducible', seed)
    .option('--no-saturate', 'overflow to infinity or NaN instead of the largest value')
    .option('--json', 'one JSON object on standard output')
    .addHelpText(
      'after',
      `
A block format takes the numbers as one row and gives each block its scale;
other formats cast them as they are, without a scale.

Examples:
  dpquant formats encode --format fp4-e2m1 --values 0.25,0.75,5.01 --json
  dpquant formats encode --format mxfp4 --values 7.9,6,5,-1.25`,
    )
    .action((_options: unknown, command: Command) => {
      // The parent command has a --json too, which catches the flag.
      const options = command.optsWithGlobals<EncodeOptions & { json?: boolean }>();
      const format = numberFormat(options.format);
      const encoded = asUsage(() =>
        isBlockFormat(format) ? encodeBlocks(format, options) : encodeNumbers(format, options),
      );
      if (options.json === true) {
        terminal.result(JSON.stringify({ format: format.name, ...encoded }));
        return;
      }
      const { codes, values, scales, tensorScale } = encoded;
      const header = ['number', 'code', 'value'];
      const rows = options.values.map((x, i) => [String(x), codes[i]!, String(values[i])]);
      for (const line of table([header, ...rows])) terminal.result(line);
      if (scales) {
        terminal.result(
          `scale of each block: ${scales.map(({ code, value }) => `${code} = ${value}`).join(', ')}`,
        );
      }
      if (tensorScale !== undefined) terminal.result(`tensor scale: ${tensorScale}`);
    });
}

interface FormatSummary {
  readonly name: string;
  readonly bits: number;
  readonly bitsPerValue: number;
  readonly values: number;
  readonly smallest: number;
  readonly max: number;
  readonly block?: { readonly size: number; readonly scale: string };
  readonly description: string;
}

function summaryOf(format: NumberFormat | BlockFormat): FormatSummary {
  const element = isBlockFormat(format) ? format.element : format;
  const finite = formatValues(element).filter(({ value }) => Number.isFinite(value));
  return {
    name: format.name,
    bits: element.bits,
    bitsPerValue: bitsPerValue(format),
    // −0 and 0 are one value.
    values: new Set(finite.map(({ value }) => value + 0)).size,
    smallest: smallestPositive(element),
    max: element.max,
    ...(isBlockFormat(format)
      ? { block: { size: format.blockSize, scale: format.scale === 'e8m0' ? 'e8m0' : 'fp8-e4m3' } }
      : {}),
    description: format.description ?? '',
  };
}

function showMix(terminal: Terminal, name: string, isJson: boolean): void {
  const mix = mixOf(name);
  terminal.result(isJson ? JSON.stringify(mix) : `${name}: ${mixText(mix)}`);
}

function formatNamed(name: string): NumberFormat | BlockFormat {
  if (formatNames().includes(name)) return numberFormat(name);
  const names = [...formatNames(), ...mixNames()];
  throw new UsageError(
    `format: expected one of ${names.join(', ')}, got "${name}".${didYouMean(name, names)}`,
  );
}

function encodableFormat(name: string): string {
  if (!mixNames().includes(name)) return oneOf(formatNames())(name);
  throw new InvalidArgumentError(
    `${name} is no single format (${mixText(mixOf(name))}). Expected one of ${formatNames().join(', ')}.`,
  );
}

function listFormats(terminal: Terminal, isJson: boolean): void {
  const summaries = formatNames().map((name) => summaryOf(numberFormat(name)));
  if (isJson) {
    const mixes = mixNames().map(mixOf);
    terminal.result(JSON.stringify({ formats: summaries, mixes }));
    return;
  }
  const header = ['format', 'bits', 'values', 'smallest', 'largest', 'block', 'description'];
  const rows = summaries.map((summary) => [
    summary.name,
    String(summary.bitsPerValue),
    String(summary.values),
    String(Number(summary.smallest.toPrecision(6))),
    String(Number(summary.max.toPrecision(6))),
    summary.block ? String(summary.block.size) : '',
    summary.description,
  ]);
  for (const line of table([header, ...rows], { left: [0, 6] })) terminal.result(line);
  terminal.result('');
  for (const line of table(
    mixNames().map((name) => [name, mixText(mixOf(name))]),
    { left: [0, 1] },
  )) {
    terminal.result(line);
  }
  terminal.say(
    'bits: of one value, with its share of the block’s scale · values, smallest, largest: without scales',
  );
}

function showFormat(terminal: Terminal, format: NumberFormat | BlockFormat, isJson: boolean): void {
  const element = isBlockFormat(format) ? format.element : format;
  const values = formatValues(element);
  if (isJson) {
    const codes = values.map(({ code }) => codeToHex(element, code));
    const numbers = values.map(({ value }) => jsonNumber(value));
    terminal.result(JSON.stringify({ ...summaryOf(format), codes, codeValues: numbers }));
    return;
  }
  const { block, bits, smallest, max, description } = summaryOf(format);
  terminal.result(`${format.name}: ${description}`);
  if (block) {
    terminal.result(
      `blocks of ${block.size} values under a scale in ${block.scale}; the elements:`,
    );
  }
  if (values.length > longestTable) {
    terminal.result(
      `${bits} bits, from ${smallest} to ${max}; --json lists all ${values.length} codes`,
    );
    return;
  }
  for (const line of table([['value', 'code', 'of −value'], ...signedRows(element, values)])) {
    terminal.result(line);
  }
}

/** Value, its code and that of its negative: both signs on a line. */
function signedRows(format: NumberFormat, values: readonly FormatValue[]): string[][] {
  const signCode = 2 ** (format.bits - 1);
  const codes = new Map(
    values.map(({ code, value }) => [Object.is(value, -0) ? '-0' : value, code]),
  );
  return values
    .filter(({ code }) => code < signCode)
    .map(({ code, value }) => {
      // A NaN has no value to look its negative up by.
      const negative = Number.isNaN(value)
        ? code + signCode
        : codes.get(value === 0 ? '-0' : -value);
      return [value, code, negative] as const;
    })
    .map(([value, code, negative]) => [
      String(value),
      codeToHex(format, code),
      negative === undefined ? '' : codeToHex(format, negative),
    ]);
}

function numberList(text: string): number[] {
  return text.split(',').map((part) => {
    const value = part.trim() === '' ? undefined : Number(part);
    if (value === undefined || (Number.isNaN(value) && part.trim().toLowerCase() !== 'nan')) {
      throw new InvalidArgumentError(`Expected numbers with commas between, got "${part}".`);
    }
    return value;
  });
}
