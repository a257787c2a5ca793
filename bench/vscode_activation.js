// Runs in the extension host: how long the extension takes there, and when the first findings are there after that.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { assert, extension, findings, given, open, run, sleep, ui, until, vscode } = require('../tests/client/host/common.js');

const REST = 6000; // milliseconds until a window has started all that it starts

module.exports = (test) => {
  test('activation', async () => {
    await open('app.py');
    await sleep(REST);
    assert.equal(extension().isActive, false, 'it is active already, so that nothing can be measured');
    const begin = performance.now();
    const changed = new Promise((resolve) => {
      const look = () => { if (findings('app.py').length) resolve(performance.now()); };
      vscode.languages.onDidChangeDiagnostics(look);
    });
    await extension().activate();
    const first = (await changed) - begin;
    await run('workbench.action.showRuntimeExtensions'); // where VS Code shows what it has measured itself
    const said = await until('VS Code says how long', async () => {
      const rows = await ui('texts', '.runtime-extensions-editor .extension');
      return rows.map((row) => /^unleak[\s\S]*?Activation:\s*(\d+)\s*ms/i.exec(row.trim())?.[1]).find(Boolean);
    });
    fs.writeFileSync(path.join(given.work, 'figures.json'), JSON.stringify({ activation: Number(said), first }));
  });
};
