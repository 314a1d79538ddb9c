import { html, type Content } from '../text/html.ts';
import { Markup } from '../text/html.ts';
import { style } from './style.ts';

/** Contents of a page. */
export interface PageParts {
  /** Title of the window. */
  readonly title: string;
  readonly body: Content;
  /** Whether a privacy guarantee covers the contents. */
  readonly hasGuarantee: boolean;
  /** Version of the program that made the records. */
  readonly version?: string | undefined;
}

/**
 * A whole page in one file: it loads nothing and runs no script, and its content security policy
 * tells the browser so.
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
                ? 'Everything about private examples was released with noise, except for the times, which no guarantee ' +
                  'covers: they depend slightly on how many examples were sampled.'
                : 'No guarantee covers its contents.'
            }
          </p>
        </footer>
      </main>
    </body>
  </html>`;
  return `<!doctype html>\n${source}\n`;
}

/** A prominent number. */
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
