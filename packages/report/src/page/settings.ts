import { html, nameText, type Content, type Markup } from '../text/html.ts';
import { numberText } from '../text/numbers.ts';
import { shortened, withoutFolders } from '../text/shownText.ts';

/** A setting with its value, by the long name of its flag. */
export interface Setting {
  readonly flag: string;
  readonly value: unknown;
  readonly note?: string;
}

/** Settings that may name a file. */
const paths = ['data', 'model', 'policy', 'schedule', 'init-weights', 'init-ledger', 'config'];

/** An option by the long name of its flag: `batchSize` is `batch-size`. */
export function flagName(option: string): string {
  return option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** @param caption says which settings they are */
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

/** Characters: names of classes may be many. */
const longestValue = 1000;

function valueText(flag: string, value: unknown): Content {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  // A seed is a name, not a measure: every digit counts.
  if (typeof value === 'number') {
    return Number.isInteger(value) ? String(value) : numberText(value);
  }
  if (typeof value !== 'string')
    return nameText(shortened(JSON.stringify(value) ?? '', longestValue));
  return nameText(shortened(paths.includes(flag) ? withoutFolders(value) : value, longestValue));
}
