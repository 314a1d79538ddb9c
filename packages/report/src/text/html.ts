import { shownText } from './shownText.ts';

/** HTML that can be inserted into a page without escaping. */
export class Markup {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** Values that `html` accepts; missing values become empty. */
export type Content = Markup | string | number | null | undefined | false | readonly Content[];

/**
 * Builds HTML from a template. Values that are not `Markup` are escaped, in elements and in quoted
 * attributes.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(
    strings.map((part, i) => part + (i < values.length ? sourceOf(values[i]) : '')).join(''),
  );
}

/** A name chosen by a user, isolated from the text direction around it. */
export function nameText(name: string): Markup {
  return html`<bdi>${name}</bdi>`;
}

function sourceOf(content: Content): string {
  if (content === null || content === undefined || content === false) return '';
  if (content instanceof Markup) return content.source;
  if (typeof content === 'object') return content.map(sourceOf).join('');
  return escaped(shownText(String(content)));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
