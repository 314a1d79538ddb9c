import { page } from '../page/page.ts';
import { flagName, settingsTable, type Setting } from '../page/settings.ts';
import type { RunRecords } from '../runRecords.ts';
import { html, nameText, type Content, type Markup } from '../text/html.ts';
import { classSections } from './classSections.ts';
import { guaranteeSection } from './guarantee.ts';
import { progressFigures } from './progressFigures.ts';
import { runFacts, textOf } from './runFacts.ts';
import { scheduleFigures } from './scheduleFigures.ts';
import { verdict } from './verdict.ts';

/**
 * The page of one run: result, guarantee, metrics and ε over epochs, metrics per class, the format
 * of each layer, settings. Self-contained HTML: nothing is loaded, no script runs. Names in the
 * records are always treated as text.
 */
export function runPage(records: RunRecords): string {
  const facts = runFacts(records);
  return page({
    title: `${facts.name} · DPQuant run`,
    hasGuarantee: facts.hasGuarantee,
    version: records.config.versions?.['dpquant'],
    body: html`${verdict(records, facts)}
      <h2>Training</h2>
      ${progressFigures(records, facts)} ${classSections(records)}
      <h2>Layers and formats</h2>
      ${scheduleFigures(records)} ${guaranteeSection(records, facts)}
      <h2>Settings</h2>
      ${settingsSection(records)} ${machineText(records)}`,
  });
}

function settingsSection({ config }: RunRecords): Markup {
  const { options, given = [] } = config;
  if (!options) {
    return html`<p class="note">
      config.json is of another version of DPQuant, or damaged: its settings are left out.
    </p>`;
  }
  const names = Object.keys(options);
  const settingOf = (option: string): Setting => ({
    flag: flagName(option),
    value: options[option],
  });
  const chosen = given.filter((name) => names.includes(name));
  const others = names.filter((name) => !chosen.includes(name));
  return html`${chosen.length > 0 && settingsTable(chosen.map(settingOf), 'Given')}
    <details>
      <summary>${chosen.length > 0 ? 'All others' : 'All settings'}, at their defaults</summary>
      ${settingsTable(others.map(settingOf), 'Defaults, or drawn at random')}
    </details>`;
}

function machineText({ config }: RunRecords): Content {
  const { backend, versions = {} } = config;
  const computed = textOf(backend?.name);
  const made = Object.entries(versions).map(
    ([name, version], i) => html`${i > 0 && ', '}${nameText(name)} ${nameText(version)}`,
  );
  return html`<p class="note">
    ${
      computed !== undefined &&
      html`Computed by the backend
      ${nameText(computed)}${
        backend?.device !== undefined && html` (${nameText(backend.device)})`
      }${
        backend?.products !== undefined &&
        html`, codes multiplied in ${nameText(backend.products)} arithmetic`
      }.`
    }
    ${made.length > 0 && html`Versions: ${made}.`}
  </p>`;
}
