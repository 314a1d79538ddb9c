/**
 * The one form of a privacy unit's name, so that a person has one unit however a file spells the
 * name: characters that are not seen are left out, composed and decomposed letters are the same
 * (Unicode's form NFC), and white space is one blank within and none at the ends. Upper and lower
 * case, and signs that only look alike, stay different.
 */
export function unitName(value: string | number): string {
  const text = String(value);
  if (isPlain.test(text)) return text;
  return text.replace(unseen, '').normalize('NFC').replace(whiteSpace, ' ').replace(/^ | $/g, '');
}

/** Printable ASCII without blanks has one form only. */
const isPlain = /^[\x21-\x7e]*$/;
/** Zero-width blanks and joiners, byte order marks, soft hyphens, variation selectors. */
const unseen = /\p{Default_Ignorable_Code_Point}/gu;
/** With control characters. */
const whiteSpace = /[\s\p{Cc}]+/gu;

/**
 * The number that a name spells in decimal digits, the same text for 1, 01, +1 and 1.0; null for
 * other names, and for numbers with an exponent.
 */
export function spelledNumber(name: string): string | null {
  const [, sign = '', whole = '', fraction = ''] = decimal.exec(name) ?? [''];
  if (whole === '' && fraction === '') return null;
  const digits = `${whole.replace(/^0+/, '') || '0'}.${fraction.replace(/0+$/, '')}`;
  return sign === '-' && digits !== '0.' ? `-${digits}` : digits;
}

const decimal = /^([+-]?)(\d*)\.?(\d*)$/;
