// A workspace of 20,000 files: what a person does goes on while it is scanned.
'use strict';

const { acmeKey, assert, clearNotifications, closeAll, extension, found, notified, open, run, stays, until, ui, vscode, findings } = require('./common.js');

const at = (row) => new vscode.Position(row, 0);

module.exports = (test) => {
  test('the extension is there at once, and reads no file that nobody has opened', async () => {
    await until('it is active', () => extension().isActive);
    await open('app.py', `KEY = "${acmeKey()}"\n`);
    await found('app.py', 1);
  });

  test('a secret that is typed during a scan is found before the scan ends', async () => {
    let isOver = false;
    const scan = Promise.resolve(run('unleak.client.scanWorkspace')).then(() => { isOver = true; });
    await notified(/Scanning the workspace/);
    for (let row = 0; row < 20; row += 1) {
      await vscode.window.activeTextEditor.edit((edit) => edit.insert(at(0), '# typed\n'));
    }
    await vscode.window.activeTextEditor.edit((edit) => edit.insert(at(0), `OTHER_KEY = "${acmeKey()}"\n`));
    await found('app.py', 2);
    assert.equal(isOver, false, 'the scan was over before the secret was found');
    await scan;
    await notified(/in 20,?\d{3} files|in 2\d{4} files/);
    await clearNotifications();
  });

  test('a scan can be cancelled, and says so', async () => {
    const scan = run('unleak.client.scanWorkspace');
    await notified(/Scanning the workspace/);
    await ui('press', 'Cancel');
    await scan;
    await notified(/cancelled/);
    await clearNotifications();
    await stays('findings of open files stay', () => findings('app.py').length === 2, 1);
    await run('workbench.action.files.revert');
    await closeAll();
  });
};
