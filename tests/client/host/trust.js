// A workspace that is not trusted: the server of the extension, and nothing of the workspace counts. Then it is trusted.
'use strict';

const fs = require('node:fs');
const { acmeKey, assert, clearNotifications, closeAll, extension, notifications, open, randomValue, run, rules, servers, set, stays, findings, ui, until, vscode } = require('./common.js');

const password = `${randomValue(9)}!${randomValue(9).toUpperCase()}`;
const origins = () => servers().map((pid) => /(?:^|\0)ORIGIN=(\w+)/.exec(fs.readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1]);

module.exports = (test) => {
  test('only the server of the extension runs, whatever the settings name', async () => {
    assert.equal(vscode.workspace.isTrusted, false);
    await until('it runs', () => origins().length === 1);
    assert.deepEqual(origins(), ['extension']);
    await until('it is ready', () => extension().exports.state.kind === 'running');
    assert.deepEqual((await notifications()).filter((text) => /unleak/.test(text)), []);
  });

  test('secrets are found, and neither settings nor rules of the workspace count', async () => {
    await open('app.py', `KEY = "${acmeKey()}"\nDATABASE_PASSWORD = "${password}"\n`);
    await until('the password is found', () => rules('app.py').includes('generic-password'));
    assert.equal(rules('app.py').includes('acme-key'), false);
    await open('app.js', `const databasePassword = "${password}";\n`);
    await until('it is found', () => findings('app.js').length === 1);
  });

  test('what writes to the workspace is not done', async () => {
    await run('unleak.client.createBaseline').then(undefined, () => undefined);
    await stays('there is no baseline', () => !fs.existsSync(vscode.Uri.joinPath(vscode.workspace.workspaceFolders[0].uri, '.unleak-baseline.json').fsPath), 1);
    await clearNotifications();
  });

  test('the finder says that it takes trust, and no settings of the workspace switch it on', async () => {
    assert.equal(vscode.workspace.getConfiguration('unleak').get('finder.enabled'), false);
    await set('finder.enabled', true);
    await until('the server runs', () => origins().length === 1 && extension().exports.state.kind === 'running');
    await until('it says so', async () => {
      await run('unleak.client.runFinder'); // until the file is read
      return (await notifications()).some((text) => /not trusted only the judge that comes with unleak is asked.*Trust the workspace first/.test(text));
    });
    await set('finder.enabled', undefined);
    await until('the server runs', () => origins().length === 1 && extension().exports.state.kind === 'running');
    await clearNotifications();
  });

  test('once it is trusted the server of the setting takes over, and the workspace counts', async () => {
    await run('workbench.trust.manage');
    await until('the trust editor', async () => (await ui('texts', '.workspace-trust-editor')).length > 0);
    await ui('click', '.workspace-trust-editor .workspace-trust-buttons-row .monaco-button:has-text("Trust")');
    await until('it is trusted', () => vscode.workspace.isTrusted);
    await until('the other server runs', () => origins().length === 1 && origins()[0] === 'setting');
    await until('the rule of the workspace counts, and its settings', () => rules('app.py').join() === 'acme-key');
    await until('its patterns, too', () => findings('app.js').length === 0);
    assert.equal(vscode.workspace.getConfiguration('unleak').get('finder.enabled'), false);
    await closeAll();
  });
};
