// What is found, how it is shown, and each setting that decides about it.
'use strict';

const { acmeKey, assert, closeAll, found, findings, having, idOf, open, randomValue, rules, run, stays, uriOf, vscode, write, read } = require('./common.js');

const key = acmeKey();
const password = `${randomValue(9)}!${randomValue(9).toUpperCase()}`;
const ERROR = vscode.DiagnosticSeverity.Error;

module.exports = (test) => {
  test('a secret is found as it is typed, with its severity', async () => {
    const document = await open('app.py', 'import os\n');
    assert.deepEqual(findings('app.py'), []);
    await vscode.window.activeTextEditor.edit((edit) => edit.insert(new vscode.Position(1, 0), `KEY = "${key}"\n`));
    const [one] = await found('app.py', 1);
    assert.equal(document.getText(one.range) === key, true);
    assert.equal(one.severity, ERROR);
    assert.equal(idOf(one), 'acme-key');
    assert.match(one.message, /Acme deploy key/);
    assert.equal(one.message.includes(key), false);
    await vscode.window.activeTextEditor.edit((edit) => edit.delete(new vscode.Range(1, 0, 2, 0)));
    await found('app.py', 0);
    await closeAll();
  });

  test('the hover explains a finding and does not repeat it', async () => {
    await open('hover.py', `KEY = "${key}"\n`);
    const [one] = await found('hover.py', 1);
    const hovers = await run('vscode.executeHoverProvider', uriOf('hover.py'), one.range.start);
    const text = hovers.flatMap((hover) => hover.contents.map((content) => content.value ?? content)).join('\n');
    assert.match(text, /Acme deploy key/);
    assert.equal(text.includes(key), false);
    await closeAll();
  });

  test('what stands behind characters outside of the basic plane is marked where it is', async () => {
    const document = await open('emoji.py', `KEY = "😀🔑" + "${key}"\n`);
    const [one] = await found('emoji.py', 1);
    assert.equal(document.getText(one.range) === key, true);
    await closeAll();
  });

  test('a document that is no file yet is read', async () => {
    const document = await vscode.workspace.openTextDocument({ language: 'python', content: `password = "${password}"\n` });
    await vscode.window.showTextDocument(document);
    await found(document.uri, 1);
    await run('workbench.action.revertAndCloseActiveEditor');
  });

  test('enable', async () => {
    await open('enable.py', `KEY = "${key}"\n`);
    await found('enable.py', 1);
    await having('enable', false, () => found('enable.py', 0));
    await found('enable.py', 1);
    await having('enable', false, () => found('enable.py', 0), 'workspace');
    await found('enable.py', 1);
    await closeAll();
  });

  test('minSeverity', async () => {
    await open('severity.py', `KEY = "${key}"\nDATABASE_PASSWORD = "${password}"\n`);
    assert.deepEqual((await found('severity.py', 2)).map((one) => one.severity).sort(), [ERROR, vscode.DiagnosticSeverity.Warning]);
    await having('minSeverity', 'error', async () => {
      await found('severity.py', 1);
      assert.deepEqual(rules('severity.py'), ['acme-key']);
    });
    await found('severity.py', 2);
    await closeAll();
  });

  test('disabledRules', async () => {
    await open('disabled.py', `KEY = "${key}"\nDATABASE_PASSWORD = "${password}"\n`);
    await found('disabled.py', 2);
    await having('disabledRules', ['acme-key'], async () => {
      const [one] = await found('disabled.py', 1);
      assert.notEqual(idOf(one), 'acme-key');
    });
    await found('disabled.py', 2);
    await closeAll();
  });

  test('exclude', async () => {
    await open('vendor/lib.py', `KEY = "${key}"\n`);
    await found('vendor/lib.py', 1);
    await having('exclude', ['/vendor/'], () => found('vendor/lib.py', 0), 'workspace');
    await found('vendor/lib.py', 1);
    await closeAll();
  });

  test('extraRules', async () => {
    await open('extra.py', `value = "bolt_${randomValue(20)}"\n`);
    await stays('nothing is found', () => findings('extra.py').length === 0);
    await having('extraRules', ['more.toml'], async () => {
      await found('extra.py', 1);
      assert.deepEqual(rules('extra.py'), ['bolt-key']);
      assert.equal(findings('extra.py')[0].code.target.toString(), 'https://bolt.example/keys'); // the page of the rule
    }, 'workspace');
    await found('extra.py', 0);
    await closeAll();
  });

  test('maxFileSize', async () => {
    await open('large.py', `KEY = "${key}"\n${'# a line like any other\n'.repeat(50)}`);
    await found('large.py', 1);
    await having('maxFileSize', 500, () => found('large.py', 0));
    await found('large.py', 1);
    await closeAll();
  });

  test('settings of one language count for that language alone', async () => {
    await open('one.py', `KEY = "${key}"\nDATABASE_PASSWORD = "${password}"\n`);
    await open('one.js', `const key = "${key}";\nconst databasePassword = "${password}";\n`);
    await found('one.py', 2);
    await found('one.js', 2);
    await having('enable', false, async () => {
      await found('one.py', 0);
      await found('one.js', 2);
    }, 'user', 'python');
    await found('one.py', 2);
    await having('minSeverity', 'error', async () => {
      await found('one.js', 1);
      await found('one.py', 2);
    }, 'user', 'javascript');
    await having('disabledRules', ['acme-key'], async () => {
      await found('one.py', 1);
      await found('one.js', 2);
    }, 'workspace', 'python');
    await found('one.py', 2);
    await closeAll();
  });

  test('a change of the configuration file counts at once', async () => {
    await open('configured.py', `KEY = "${key}"\n`);
    await found('configured.py', 1);
    const before = read('unleak.toml');
    write('unleak.toml', `${before}disabled_rules = ["acme-key"]\n`);
    await found('configured.py', 0);
    write('unleak.toml', before);
    await found('configured.py', 1);
    await closeAll();
  });

  test('cells of a notebook are read', async () => {
    const cell = (source) => ({ cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source: [source] });
    write('book.ipynb', JSON.stringify({ cells: [cell('import os\n'), cell(`key = "${key}"\n`)], metadata: { language_info: { name: 'python' } }, nbformat: 4, nbformat_minor: 5 }));
    const notebook = await vscode.workspace.openNotebookDocument(uriOf('book.ipynb'));
    await vscode.window.showNotebookDocument(notebook);
    await found(notebook.cellAt(1).document.uri, 1);
    assert.deepEqual(findings(notebook.cellAt(0).document.uri), []);
    await closeAll();
  });

};
