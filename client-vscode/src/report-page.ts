/** The empty page; what it shows comes as messages and gets in as text, never as markup. */
export function page(nonce: string): string {
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Findings</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<header>
<div><h1>Findings</h1><p id="said" role="status"></p></div>
<button id="scan" class="primary" type="button">Scan the Workspace</button>
</header>
<div id="filters" role="group" aria-label="Show findings of these severities"></div>
<main id="list"></main>
<p id="left"></p>
<footer>Values of secrets are never shown here. Select a row to go to its place.</footer>
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>`;
}

const STYLE = `
:root { --line: var(--vscode-contrastBorder, var(--vscode-widget-border, rgba(128, 128, 128, .25))); }
body { max-width: 68rem; margin: 0 auto; padding: 1.75rem 1.5rem; line-height: 1.45;
  font: var(--vscode-font-weight, normal) var(--vscode-font-size, 13px)/1.45 var(--vscode-font-family, sans-serif); }
header { display: flex; flex-wrap: wrap; gap: .75rem; align-items: flex-end; justify-content: space-between; }
h1 { margin: 0; font-size: 1.7em; font-weight: 500; }
h2 { margin: 1.9rem 0 .35rem; font-size: 1em; font-weight: 600; display: flex; align-items: center; gap: .55rem; }
h2 .title { display: inline-block; } .title::first-letter { text-transform: uppercase; }
p { margin: .2rem 0 0; } #said, #left, footer, .folder, .line, .count { color: var(--vscode-descriptionForeground); }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0; text-align: start; cursor: pointer; }
button.primary { padding: .4rem .85rem; border-radius: 4px; color: var(--vscode-button-foreground);
  background: var(--vscode-button-background); border: 1px solid var(--vscode-button-border, transparent); }
button.primary:hover { background: var(--vscode-button-hoverBackground); }
:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }
#filters { display: flex; flex-wrap: wrap; gap: .5rem; margin-top: 1.1rem; }
#filters button { display: flex; gap: .5rem; align-items: center; padding: .3rem .75rem; border-radius: 99px;
  border: 1px solid var(--line); }
#filters button:hover { background: var(--vscode-list-hoverBackground); }
#filters button[aria-pressed=false] { opacity: .55; text-decoration: line-through; }
#filters b { font-weight: 600; font-variant-numeric: tabular-nums; }
.dot { width: .6em; height: .6em; border-radius: 50%; flex: none; background: var(--own); }
.error { --own: var(--vscode-editorError-foreground, #f14c4c); }
.warning { --own: var(--vscode-editorWarning-foreground, #cca700); }
.information { --own: var(--vscode-editorInfo-foreground, #3794ff); }
.hint { --own: var(--vscode-descriptionForeground, #888); }
table { width: 100%; border-collapse: collapse; border-top: 1px solid var(--line); table-layout: fixed; }
tbody tr { position: relative; border-bottom: 1px solid var(--line); box-shadow: inset 2px 0 var(--own); }
tbody tr:hover { background: var(--vscode-list-hoverBackground); outline: 1px dashed var(--vscode-contrastActiveBorder, transparent); }
td { padding: .5rem .75rem; vertical-align: top; overflow-wrap: anywhere; }
th { padding: 0; font-size: 0; line-height: 0; } /* for those who listen to the page */
th:first-child { width: 30%; } th:last-child { width: 23%; } td:last-child { text-align: end; }
.place::after { content: ""; position: absolute; inset: 0; }
.place:focus-visible { outline: 0; } .place:focus-visible::after { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
.folder { display: block; font-size: .92em; }
.rule { position: relative; font-family: var(--vscode-editor-font-family, monospace); font-size: .92em; }
a { color: var(--vscode-textLink-foreground); text-decoration: none; } a:hover { text-decoration: underline; }
.empty { margin-top: 2.5rem; } #left { margin-top: 1rem; }
footer { margin-top: 2.25rem; font-size: .92em; }
[hidden] { display: none; }
@media (max-width: 36rem) { td, tr, tbody, table { display: block; } thead { display: none; } td, td:last-child { text-align: start; padding: .2rem .75rem; } }
`;

const SCRIPT = `
const host = acquireVsCodeApi();
const at = (id) => document.getElementById(id);
let hidden = new Set((host.getState() || {}).hidden || []);
let shown;

function make(tag, name, text) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
}

function chip(group) {
  const button = make('button', group.level);
  button.type = 'button';
  button.id = 'only-' + group.level;
  button.setAttribute('aria-pressed', String(!hidden.has(group.level)));
  button.append(make('span', 'dot'), make('b', '', String(group.count)), make('span', '', group.titles[group.count === 1 ? 0 : 1]));
  button.onclick = () => {
    hidden.has(group.level) ? hidden.delete(group.level) : hidden.add(group.level);
    host.setState({ hidden: [...hidden] });
    show();
  };
  return button;
}

function line(row, level) {
  const tr = make('tr', level);
  const place = make('button', 'place');
  place.type = 'button';
  place.id = [row.uri, row.line, row.column, row.rule].join(' ');
  place.append(make('strong', '', row.file), make('span', 'line', ':' + (row.line + 1)));
  if (row.folder) place.append(make('span', 'folder', row.folder));
  place.onclick = () => host.postMessage({ do: 'open', uri: row.uri, line: row.line, column: row.column });
  const rule = make(row.page ? 'a' : 'span', 'rule', row.rule);
  if (row.page) { rule.href = row.page; rule.title = 'About this rule'; }
  for (const [node, text] of [[place], [null, row.message], [rule]]) {
    const cell = make('td', '', text);
    if (node) cell.append(node);
    tr.append(cell);
  }
  return tr;
}

function section(group) {
  const part = make('section', group.level);
  const title = make('h2', '');
  title.append(make('span', 'dot'), make('span', 'title', group.titles[1]), make('span', 'count', String(group.count)));
  const table = make('table'), head = make('thead'), names = make('tr'), body = make('tbody');
  for (const name of ['Place', 'What was found', 'Rule']) {
    const cell = make('th', '', name);
    cell.scope = 'col';
    names.append(cell);
  }
  head.append(names);
  body.append(...group.rows.map((row) => line(row, group.level)));
  table.append(head, body);
  part.append(title, table);
  return part;
}

function show() {
  const focused = document.activeElement && document.activeElement.id;
  const there = shown.groups.filter((group) => group.count > 0);
  at('said').textContent = shown.said;
  at('left').textContent = shown.left;
  at('filters').hidden = there.length < 2;
  at('filters').replaceChildren(...there.map(chip));
  const open = there.filter((group) => there.length < 2 || !hidden.has(group.level));
  at('list').replaceChildren(...open.map(section));
  if (there.length === 0)
    at('list').append(make('p', 'empty', 'Files are read when they are opened. A scan reads the whole workspace.'));
  if (focused && at(focused)) at(focused).focus();
}

at('scan').onclick = () => host.postMessage({ do: 'scan' });
addEventListener('message', (event) => { shown = event.data; show(); });
host.postMessage({ do: 'ready' });
`;
