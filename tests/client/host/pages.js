// What the extension shows beside squiggles: scans, the report, badges, the baseline, the text for a bug report, the log.
'use strict';

const fs = require('node:fs');
const os = require('node:os');
const { acmeKey, assert, clearNotifications, closeAll, exists, fileOf, found, given, having, manifest, notified, open, picks, read, run, servers, set, ui, until, vscode, write } = require('./common.js');

const key = acmeKey();
const frames = async () => (await ui('frames', 'document.body.innerText')).filter(Boolean).join('\n');
const badges = () => ui('frames', `[...document.querySelectorAll('.explorer-folders-view .monaco-list-row')].map((row) => [row.getAttribute('aria-label'), ...[...row.querySelectorAll('.monaco-icon-label')].map((label) => getComputedStyle(label, '::after').content)].join(' ')).join('\\n')`).then((all) => all[0] ?? '');

module.exports = (test) => {
  test('client.scanWorkspace: files that are not open are read, and a message says what was found', async () => {
    write('src/one.py', `KEY = "${key}"\n`);
    write('src/two.js', `const key = "${key}";\n`);
    await run('unleak.client.scanWorkspace');
    await notified(/2 findings in \d+ files/);
    await found('src/one.py', 1);
    await found('src/two.js', 1);
    await clearNotifications();
  });

  test('client.report: the page lists the findings, without values, and follows what changes', async () => {
    await run('unleak.client.report');
    await until('the page shows both', async () => /2 findings in 2 files/.test(await frames()));
    const text = await frames();
    assert.match(text, /one\.py/);
    assert.match(text, /two\.js/);
    assert.equal(text.includes(key), false);
    await open('src/three.py', `KEY = "${key}"\n`);
    await found('src/three.py', 1);
    await run('unleak.client.report');
    await until('the page shows the third', async () => /three\.py/.test(await frames()));
    await closeAll();
  });

  test('fileDecorations: a badge counts the findings of a file, and can be turned off', async () => {
    await open('badge.py', `ONE = "${key}"\nTWO = "${acmeKey()}"\n`);
    await found('badge.py', 2);
    await run('workbench.view.explorer');
    await having('fileDecorations', true, () => until('the badge', async () => /^badge\.py "2"$/m.test(await badges())));
    await having('fileDecorations', false, () => until('no badge', async () => /^badge\.py none$/m.test(await badges())));
    await closeAll();
  });

  test('client.createBaseline: what is known is not reported any more', async () => {
    await open('src/one.py');
    await found('src/one.py', 1);
    await run('unleak.client.createBaseline');
    await notified(/The baseline holds \d+ finding/);
    assert.equal(exists('.unleak-baseline.json'), true);
    assert.equal(read('.unleak-baseline.json').includes(key), false);
    await found('src/one.py', 0);
    const document = await open('src/new.py', `KEY = "${acmeKey()}"\n`);
    await found('src/new.py', 1);
    assert.ok(document);
    fs.rmSync(fileOf('.unleak-baseline.json'));
    await found('src/one.py', 1);
    await clearNotifications();
    await closeAll();
  });

  test('client.copyDiagnostics: the text for a bug report holds no value and no path', async () => {
    const secretFolder = fileOf('.');
    await open('src/one.py');
    await found('src/one.py', 1);
    await set('exclude', ['/private-name-of-a-folder/'], 'workspace');
    await vscode.env.clipboard.writeText('');
    void run('unleak.client.copyDiagnostics');
    const text = await until('the text is in the clipboard', () => vscode.env.clipboard.readText());
    await set('exclude', undefined, 'workspace');
    for (const words of [manifest.version, vscode.version, 'protocol', 'rules', 'running']) assert.ok(text.includes(words), `${words} is missing in:\n${text}`);
    for (const [what, words] of [['the value', key], ['the home folder', os.homedir()], ['the workspace', secretFolder.replace(/\/\.?$/, '')], ['the work folder', given.work], ['a pattern', 'private-name-of-a-folder'], ['a file', 'one.py']]) {
      assert.equal(text.includes(words), false, `it tells ${what}`);
    }
    await clearNotifications();
    await closeAll();
  });

  test('client.menu: offers what can be done now', async () => {
    await open('src/one.py');
    await found('src/one.py', 1);
    const chosen = run('unleak.client.menu');
    const offered = (await picks()).join('\n');
    for (const words of ['Move all secrets of this file', 'Scan the workspace', 'Choose the judge', 'Show all findings', 'Restart the server']) assert.match(offered, new RegExp(words, 'i'));
    await run('workbench.action.closeQuickOpen');
    await chosen;
    await closeAll();
  });

  test('the status says whether rules and judge are on', async () => {
    await open('src/one.py');
    await until('the status', async () => /Rules on, judge off/.test(await ui('status')));
    await having('enable', false, () => until('the status', async () => /Off in this file/.test(await ui('status'))));
    await closeAll();
  });

  test('client.runFinder: without any judge one message says so', async () => {
    await open('src/one.py');
    await found('src/one.py', 1);
    await having('finder.enabled', true, async () => {
      await run('unleak.client.runFinder');
      await notified('No model reads files whole: the environment says that no model is asked.');
    });
    await clearNotifications();
    await closeAll();
  });

  test('client.restart: another server takes over, and nothing is lost', async () => {
    await open('src/one.py');
    await found('src/one.py', 1);
    const [before] = await until('a server runs', () => servers().length === 1 && servers());
    await run('unleak.client.restart');
    await until('another server runs', () => servers().length === 1 && servers()[0] !== before);
    await found('src/one.py', 1);
    await open('src/after.py', `KEY = "${acmeKey()}"\n`);
    await found('src/after.py', 1);
    await closeAll();
  });

  test('client.showLog: the log is shown and holds no value', async () => {
    await run('unleak.client.showLog');
    const text = await until('the log', async () => (await ui('texts', '.output-view-content, .panel .view-lines')).join('\n').trim());
    assert.equal(text.includes(key), false);
  });

  test('trace.server: messages are named in the log, and only then', async () => {
    const log = async () => {
      await run('unleak.client.showLog');
      return (await ui('texts', '.panel .view-lines')).join('\n').replaceAll(' ', ' ');
    };
    await having('trace.server', 'messages', async () => {
      await open('src/traced.py', `KEY = "${key}"\n`);
      await found('src/traced.py', 1);
      await until('messages are named', async () => /didOpen|publishDiagnostics|textDocument/.test(await log()));
    });
    await closeAll();
  });

  test('feedback: examples are kept only where the person has switched that on', async () => {
    await having('feedback', true, async () => {
      await until('a server runs', () => servers().length === 1);
      await open('src/one.py');
      await found('src/one.py', 1);
    });
    await set('feedback', true, 'workspace').then(() => assert.fail('a workspace could switch it on'), () => undefined);
    await closeAll();
  });

};
