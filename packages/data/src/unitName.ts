/**
 * The canonical form of a privacy unit's name, so that a person has one unit however a file spells
 * the name: invisible characters are removed, letters are composed (Unicode NFC), white space
 * within becomes one blank and is removed at the ends. Case and look-alike characters stay
 * distinct.
 */
export function unitName(value: string | number): string {
  const text = String(value);
  if (isPlain.test(text)) return text;
  return text.replace(unseen, '').normalize('NFC').replace(whiteSpace, ' ').replace(/^ | $/g, '');
}

/** Printable ASCII without blanks is already canonical. */
const isPlain = /^[\x21-\x7e]*$/;
/** Zero-width blanks and joiners, byte order marks, soft hyphens, variation selectors. */
const unseen = /\p{Default_Ignorable_Code_Point}/gu;
/** Includes control characters. */
const whiteSpace = /[\s\p{Cc}]+/gu;

/**
 * The number that a name spells in decimal digits, as the same text for 1, 01, +1 and 1.0; null for
 * other names and for numbers with an exponent.
 */
export function spelledNumber(name: string): string | null {
  const [, sign = '', whole = '', fraction = ''] = decimal.exec(name) ?? [''];
  if (whole === '' && fraction === '') return null;
  const digits = `${whole.replace(/^0+/, '') || '0'}.${fraction.replace(/0+$/, '')}`;
  return sign === '-' && digits !== '0.' ? `-${digits}` : digits;
}

const decimal = /^([+-]?)(\d*)\.?(\d*)$/;
