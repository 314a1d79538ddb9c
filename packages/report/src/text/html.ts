import { shownText } from './shownText.ts';

/** HTML that is safe to be put into a page as it is. */
export class Markup {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** What `html` puts together; nothing stands for what is missing. */
export type Content = Markup | string | number | null | undefined | false | readonly Content[];

/**
 * HTML from a template: whatever is put in that is not HTML itself becomes text, in elements and in
 * quoted attributes.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(
    strings.map((part, i) => part + (i < values.length ? sourceOf(values[i]) : '')).join(''),
  );
}

/** A name that somebody chose, kept apart from the direction of the text around it. */
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
