/**
 * The style of report pages: dark or light as the system is set. No script: the language is switched by two radio buttons.
 */
export const pageStyle = `
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6675; --page: #f6f7f9; --card: #ffffff; --line: #dde2e8;
  --blue: #0072b2; --orange: #b35300; --green: #007a5a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf1; --soft: #9aa6b5; --page: #14181e; --card: #1c222a;
  --line: #303844; --blue: #56b4e9; --orange: #e69f00; --green: #2cc295; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.55 system-ui, "Segoe UI", "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
header, main { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
header { display: flex; justify-content: space-between; align-items: end; padding-top: 28px; }
h1 { margin: 0; font-size: 26px; letter-spacing: -0.01em; } header p { margin: 2px 0 0; color: var(--soft); }
h2 { margin: 36px 0 12px; font-size: 18px; }
input[name="language"] { position: absolute; opacity: 0; }
nav label { padding: 6px 12px; border: 1px solid var(--line); cursor: pointer; color: var(--soft); }
nav label:first-child { border-radius: 7px 0 0 7px; } nav label:last-child { border-radius: 0 7px 7px 0; border-left: 0; }
#english:checked ~ header label[for="english"], #chinese:checked ~ header label[for="chinese"]
  { background: var(--card); color: var(--ink); font-weight: 600; }
#english:focus-visible ~ header label[for="english"], #chinese:focus-visible ~ header label[for="chinese"]
  { outline: 2px solid var(--blue); }
#english:checked ~ * [lang="zh-CN"], #chinese:checked ~ * [lang="en"] { display: none; }
.figures { display: grid; grid-template-columns: repeat(4, 1fr); gap: 14px; margin: 24px 0 16px; }
.figures div, .curves figure, table, .row, .pair { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.figures div { padding: 14px 18px; } .figures strong { display: block; font-size: 30px; font-variant-numeric: tabular-nums; }
.figures span { color: var(--soft); font-size: 13px; }
.curves { display: grid; grid-template-columns: 1fr 1fr; gap: 14px; margin-top: 20px; }
figure { margin: 0; } .curves figure { padding: 12px 14px 4px; } figcaption { color: var(--soft); font-size: 13px; }
svg { width: 100%; height: auto; } .grid { stroke: var(--line); } .axis { fill: var(--soft); font-size: 12px; }
.name { font-size: 13px; font-weight: 600; }
table { width: 100%; border-collapse: separate; border-spacing: 0; overflow: hidden; font-variant-numeric: tabular-nums; }
th, td { padding: 7px 14px; text-align: right; } th:first-child { text-align: left; font-weight: 500; }
thead th { color: var(--soft); font-weight: 500; font-size: 13px; } tbody tr + tr > * , tbody tr:first-child > * { border-top: 1px solid var(--line); }
.total th, .total td { font-weight: 650; }
.tested { display: grid; gap: 14px; margin-top: 14px; } .row { display: grid; grid-template-columns: repeat(3, 1fr); gap: 12px; padding: 12px; }
.predicted { display: grid; grid-template-columns: 1fr 1fr; gap: 14px; } .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 10px; padding: 10px; }
img { width: 100%; aspect-ratio: 4 / 3; object-fit: contain; background: var(--page); border-radius: 6px; display: block; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 18px; } dt { color: var(--soft); } dd { margin: 0; font-family: ui-monospace, Consolas, monospace; font-size: 13px; overflow-wrap: anywhere; }
footer { margin: 32px 0 48px; color: var(--soft); font-size: 13px; }
@media (max-width: 760px) { .figures { grid-template-columns: 1fr 1fr; } .curves, .predicted { grid-template-columns: 1fr; } }
`;
