/**
 * The style of all pages. Series and formats use the colours of Okabe and Ito (2008), which
 * colour-blind people can distinguish; darker or lighter where the background requires it.
 */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #ffffff; --text: #1b1f24; --muted: #5a6470; --line: #d8dde3;
  --good: #00664a; --bad: #a33c00; --goal: #a33c00;
  --series-0: #0072b2; --series-1: #b35900; --series-2: #00775a; --series-3: #a8487f; --series-4: #3f6f8f;
  --format-plain: #d5dae1; --ink-plain: #1b1f24;
  --format-0: #0072b2; --format-1: #e69f00; --format-2: #009e73; --format-3: #cc79a7; --format-4: #56b4e9;
  --format-5: #d55e00; --format-6: #f0e442;
  --ink-light: #ffffff; --ink-dark: #10151a;
  --missing: #eef0f3;
  --share-0: #dbe6fb; --share-1: #c0d7f1; --share-2: #9ecae1; --share-3: #6baed6; --share-4: #3182bd; --share-5: #08519c;
  --share-ink-low: #10151a; --share-ink-high: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --card: #1d2227; --text: #e8ebee; --muted: #a3adb8; --line: #3a424b;
    --good: #5fd3ab; --bad: #ffa56b; --goal: #ffa56b;
    --series-0: #62b8ee; --series-1: #f0ad3c; --series-2: #45cfa4; --series-3: #e39cc4; --series-4: #a9c7de;
    --format-plain: #49525d; --ink-plain: #f2f4f6;
    --format-0: #2f8fd0; --missing: #2a3037;
    --share-0: #23415f; --share-1: #24507c; --share-2: #23609a; --share-3: #2a72b8; --share-4: #6baed6; --share-5: #b5dcf5;
    --share-ink-low: #ffffff; --share-ink-high: #10151a;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  overflow-wrap: anywhere;
}
main { max-width: 1180px; margin: 0 auto; padding: 24px 20px 40px; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 8px; }
h2 { font-size: 1.2rem; margin: 36px 0 12px; }
h3 { font-size: 1rem; margin: 0 0 4px; }
p { margin: 0 0 10px; }
.kind { color: var(--muted); margin: 0 0 4px; }
.verdict { font-size: 1.1rem; max-width: 75ch; }
.note, figcaption p, footer { color: var(--muted); font-size: .9rem; }
.note { max-width: 80ch; }
.warning { border-left: 4px solid var(--bad); padding: 8px 12px; background: var(--card); max-width: 80ch; }
.tiles { display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); margin: 20px 0; padding: 0; }
.tiles > div { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; }
.tiles dt { color: var(--muted); font-size: .85rem; }
.tiles dd { margin: 0; }
.tiles .value { font-size: 1.45rem; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
.tiles .more { color: var(--muted); font-size: .85rem; }
.figures { display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); align-items: start; }
.panels { display: grid; gap: 12px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 270px), 1fr)); }
figure, .card { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 14px; min-width: 0; }
figure.wide { grid-column: 1 / -1; }
figcaption p { margin-bottom: 6px; }
.chart { display: block; width: 100%; max-width: 440px; height: auto; color: var(--text); overflow: visible; --plot-background: var(--card); }
.chart text { white-space: pre; unicode-bidi: isolate; }
.scroll { overflow-x: auto; }
.scroll .chart { width: auto; max-width: none; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 4px 0 8px; padding: 0; font-size: .9rem; }
.legend li { display: flex; align-items: center; gap: 6px; min-width: 0; }
.swatch { flex: none; box-shadow: inset 0 0 0 1px var(--line); width: 1.3em; height: 1.3em; line-height: 1.3em; border-radius: 3px; text-align: center; font-size: .85em; }
.dash { flex: none; fill: none; }
.key { display: block; columns: 2 150px; }
.key li { break-inside: avoid; padding: 1px 0; }
table { border-collapse: collapse; width: 100%; background: var(--card); font-size: .92rem; }
caption { text-align: left; color: var(--muted); font-size: .9rem; padding: 0 0 6px; }
th, td { text-align: left; vertical-align: top; padding: 6px 10px; border-bottom: 1px solid var(--line); }
thead th { font-weight: 600; border-bottom: 2px solid var(--line); vertical-align: bottom; }
tbody th { font-weight: 500; }
thead th { overflow-wrap: break-word; }
.stacked tbody th { min-width: 9em; }
.n { white-space: nowrap; }
.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
th.number { text-align: right; }
.classes td, .classes thead th + th { text-align: right; }
.classes tbody th { min-width: 6em; }
.faint { color: var(--muted); font-weight: 400; }
.settings { max-width: 720px; }
.settings td, .settings th { width: 50%; }
code { font-family: ui-monospace, Consolas, monospace; font-size: .9em; }
pre { white-space: pre-wrap; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; }
summary { cursor: pointer; color: var(--muted); font-size: .9rem; padding: 4px 0; }
details .scroll table { width: auto; }
.guarantee { display: grid; gap: 4px 20px; grid-template-columns: max-content 1fr; margin: 0; max-width: 90ch; }
.guarantee dt { color: var(--muted); }
.guarantee dd { margin: 0 0 6px; }
.guarantee ul { margin: 0; padding-left: 1.1em; }
footer { margin-top: 36px; border-top: 1px solid var(--line); padding-top: 12px; }
@media (max-width: 700px) {
  main { padding: 16px 12px 32px; }
  .tiles { grid-template-columns: repeat(2, 1fr); gap: 8px; }
  figure, .card { padding: 12px; }
  .classes { font-size: .82rem; }
  .classes th, .classes td { padding: 6px 3px; }
  .classes tbody th { min-width: 4em; }
  .guarantee { grid-template-columns: 1fr; gap: 0; }
}
@media (min-width: 780px) {
  .card.wide { grid-column: span 2; }
}
@media (max-width: 900px) {
  .stacked thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stacked, .stacked tbody, .stacked tr, .stacked th, .stacked td, .stacked caption { display: block; width: auto; }
  .stacked { background: none; }
  .stacked tbody { display: grid; gap: 10px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 330px), 1fr)); }
  .stacked tr { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 8px 12px; }
  .stacked tbody th { border: 0; min-width: 0; padding: 0 0 4px; font-weight: 600; }
  .stacked td { display: flex; justify-content: space-between; gap: 16px; border: 0; padding: 2px 0; text-align: right; white-space: normal; }
  .stacked td::before { content: attr(data-label); color: var(--muted); text-align: left; }
}
@media print {
  :root {
    color-scheme: light;
    --page: #fff; --card: #fff; --text: #000; --muted: #444; --line: #bbb; --good: #00664a; --bad: #a33c00;
    --goal: #a33c00; --series-0: #0072b2; --series-1: #b35900; --series-2: #00775a; --series-3: #a8487f;
    --series-4: #3f6f8f; --format-plain: #d5dae1; --ink-plain: #1b1f24; --format-0: #0072b2; --missing: #eef0f3;
    --share-0: #dbe6fb; --share-1: #c0d7f1; --share-2: #9ecae1; --share-3: #6baed6; --share-4: #3182bd;
    --share-5: #08519c; --share-ink-low: #10151a; --share-ink-high: #ffffff;
  }
  @page { margin: 14mm; }
  body { font-size: 11pt; }
  main { max-width: none; padding: 0; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  figure, tr, .tiles > div, .warning { break-inside: avoid; }
  h2, h3, figcaption { break-after: avoid; }
  details:not([open]) { display: none; }
  .scroll { overflow: visible; }
  .scroll .chart { width: 100%; max-width: 100%; }
  .figures { grid-template-columns: repeat(2, 1fr); }
  .panels { grid-template-columns: repeat(3, 1fr); }
}
`;
