import { html, nameText, type Content, type Markup } from '../text/html.ts';
import { numberText } from '../text/numbers.ts';
import { shortened, withoutFolders } from '../text/shownText.ts';

/** A setting with its value, by the long name of its flag. */
export interface Setting {
  readonly flag: string;
  readonly value: unknown;
  readonly note?: string;
}

/** Settings that may contain a path. */
const paths = ['data', 'model', 'policy', 'schedule', 'init-weights', 'init-ledger', 'config'];

/** The long flag name of an option: `batchSize` becomes `batch-size`. */
export function flagName(option: string): string {
  return option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** @param caption describes which settings these are */
export function settingsTable(settings: readonly Setting[], caption: string): Markup {
  return html`<table class="settings">
    <caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        <th scope="col">setting</th>
        <th scope="col">value</th>
      </tr>
    </thead>
    <tbody>
      ${settings.map(
        ({ flag, value, note }) =>
          html`<tr>
            <th scope="row">
              ${nameText(flag)}${note !== undefined && html` <span class="faint">${note}</span>`}
            </th>
            <td>${valueText(flag, value)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

/** In characters; class names may be many. */
const longestValue = 1000;

function valueText(flag: string, value: unknown): Content {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  // A seed is an identifier: show all digits.
  if (typeof value === 'number') {
    return Number.isInteger(value) ? String(value) : numberText(value);
  }
  if (typeof value !== 'string')
    return nameText(shortened(JSON.stringify(value) ?? '', longestValue));
  return nameText(shortened(paths.includes(flag) ? withoutFolders(value) : value, longestValue));
}
