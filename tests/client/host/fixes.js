// Fixes, applied for real: what then lies on the disk is compared.
'use strict';

const fs = require('node:fs');
const { acmeKey, assert, clearNotifications, closeAll, exists, fileOf, findings, found, notified, open, read, run, saveAll, ui, until, uriOf, vscode, write } = require('./common.js');
const { confirmed } = require('./preview.js');

const masked = (text, ...keys) => keys.reduce((masking, key, at) => masking.replaceAll(key, `«${at + 1}»`), text);
const program = (key) => `"""The shop."""\nimport sys\n\nDEPLOY_KEY = "${key}"  # kept\nprint(DEPLOY_KEY, sys.argv)\n`;
const FIXED = '"""The shop."""\nimport os\nimport sys\n\nDEPLOY_KEY = os.environ["DEPLOY_KEY"]  # kept\nprint(DEPLOY_KEY, sys.argv)\n';

function reset() {
  for (const name of ['.env', '.env.example']) fs.rmSync(fileOf(name), { force: true });
  write('.gitignore', 'node_modules/\n');
}

async function actions(name) {
  const [one] = findings(name);
  return run('vscode.executeCodeActionProvider', uriOf(name), one.range, undefined, 30);
}

async function take(action) {
  if (action.edit) assert.equal(await vscode.workspace.applyEdit(action.edit), true);
  if (action.command) await run(action.command.command, ...(action.command.arguments ?? []));
}

const titled = (all, words) => {
  const one = all.find((action) => action.title.includes(words));
  assert.ok(one, `no action “${words}” among: ${all.map((action) => action.title).join('; ')}`);
  return one;
};

module.exports = (test) => {
  test('the preferred fix is the first, and moves the value to .env with all that goes with it', async () => {
    reset();
    const key = acmeKey();
    await open('app.py', program(key));
    await found('app.py', 1);
    const offered = await actions('app.py');
    assert.deepEqual(offered.map((action) => Boolean(action.isPreferred)).filter(Boolean), [true]);
    assert.equal(offered[0].isPreferred, true);
    assert.match(offered[0].title, /environment variable DEPLOY_KEY/);
    await take(offered[0]);
    await saveAll();
    await found('app.py', 0);
    assert.equal(masked(read('app.py'), key), FIXED);
    assert.equal(masked(read('.env'), key), 'DEPLOY_KEY=«1»\n');
    assert.equal(read('.env.example'), 'DEPLOY_KEY=\n');
    assert.equal(read('.gitignore'), 'node_modules/\n.env\n');
    await until('.env is readable for its owner alone', () => (fs.statSync(fileOf('.env')).mode & 0o777) === 0o600);
    await closeAll();
  });

  test('the light bulb lists the fixes in a sensible order', async () => {
    const key = acmeKey();
    await open('order.py', program(key));
    await found('order.py', 1);
    const titles = (await actions('order.py')).map((action) => action.title);
    const order = ['Move it to the environment variable', 'leave .env alone', 'placeholder', 'Ignore it here', 'Allow this value'].map((words) => titles.findIndex((title) => title.includes(words)));
    assert.equal(order.includes(-1), false, titles.join('; '));
    assert.deepEqual(order, [...order].sort((a, b) => a - b), titles.join('; '));
    assert.equal(titles.some((title) => title.includes(key)), false);
    await run('workbench.action.files.revert');
    await closeAll();
  });

  test('client.copy: the value goes to the clipboard and nowhere else', async () => {
    reset();
    const key = acmeKey();
    await open('copied.py', program(key));
    await found('copied.py', 1);
    const action = titled(await actions('copied.py'), 'copy the value');
    assert.equal(action.command.command, 'unleak.client.copy');
    await take(action);
    await saveAll();
    await found('copied.py', 0);
    assert.equal(masked(read('copied.py'), key), FIXED);
    assert.equal((await vscode.env.clipboard.readText()) === key, true);
    assert.equal(exists('.env'), false);
    await notified('clipboard');
    await ui('press', 'Clear');
    await until('the clipboard is empty', async () => (await vscode.env.clipboard.readText()) !== key);
    await clearNotifications();
    await closeAll();
  });

  test('client.copy: a text that has changed meanwhile is left alone', async () => {
    const key = acmeKey();
    const document = await open('stale.py', program(key));
    await found('stale.py', 1);
    const action = titled(await actions('stale.py'), 'copy the value');
    await vscode.env.clipboard.writeText('what was there');
    await vscode.window.activeTextEditor.edit((edit) => edit.insert(new vscode.Position(0, 0), '# a line above\n'));
    await run('unleak.client.copy', ...action.command.arguments);
    await notified('has changed');
    assert.equal(await vscode.env.clipboard.readText(), 'what was there');
    assert.equal(document.getText().includes(key), true);
    await clearNotifications();
    await run('workbench.action.files.revert');
    await closeAll();
  });

  test('client.fixFile: all secrets of the file move at once', async () => {
    reset();
    const keys = [acmeKey(), acmeKey()];
    const text = (first, second) => `import os\n\nFIRST_KEY = ${first}\nSECOND_KEY = ${second}\n`;
    await open('all.py', text(`"${keys[0]}"`, `"${keys[1]}"`));
    await found('all.py', 2);
    const done = run('unleak.client.fixFile');
    await confirmed();
    await done;
    await found('all.py', 0);
    await saveAll();
    assert.equal(masked(read('all.py'), ...keys), text('os.environ["FIRST_KEY"]', 'os.environ["SECOND_KEY"]'));
    assert.equal(masked(read('.env'), ...keys), 'FIRST_KEY=«1»\nSECOND_KEY=«2»\n');
    await closeAll();
  });
};
