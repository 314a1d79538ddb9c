import { html, type Content } from '../text/html.ts';
import { Markup } from '../text/html.ts';
import { style } from './style.ts';

/** What stands in a page. */
export interface PageParts {
  /** Of the window. */
  readonly title: string;
  readonly body: Content;
  /** Whether what is told is covered by one. */
  readonly hasGuarantee: boolean;
  /** The program that has made what is told. */
  readonly version?: string | undefined;
}

/**
 * A whole page in one file: nothing is loaded, no script runs, and the page itself says so to the
 * browser.
 */
export function page({ title, body, hasGuarantee, version }: PageParts): string {
  const { source } = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta
        http-equiv="Content-Security-Policy"
        content="default-src 'none'; style-src 'unsafe-inline'"
      />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="generator" content="DPQuant" />
      <title>${title}</title>
      <style>
        ${new Markup(style)}
      </style>
    </head>
    <body>
      <main>
        ${body}
        <footer>
          <p>
            Made by DPQuant${version !== undefined && ` ${version}`} from the records in the folder
            of this page, which holds the same numbers in full.
            ${
              hasGuarantee
                ? 'Nothing un-noised about private examples is in it. The times are the one thing on it that no guarantee ' +
                  'covers: they tell a little of how many examples were drawn.'
                : 'No guarantee covers what is on it.'
            }
          </p>
        </footer>
      </main>
    </body>
  </html>`;
  return `<!doctype html>\n${source}\n`;
}

/** A number that is to be seen first. */
export interface Tile {
  readonly name: Content;
  readonly value: string;
  readonly more?: Content;
}

export function tilesMarkup(tiles: readonly Tile[]): Markup {
  return html`<dl class="tiles">
    ${tiles.map(
      ({ name, value, more }) =>
        html`<div>
          <dt>${name}</dt>
          <dd class="value">${value}</dd>
          ${more !== undefined && html`<dd class="more">${more}</dd>`}
        </div>`,
    )}
  </dl>`;
}
