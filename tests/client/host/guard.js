// Staged secrets and `.env` files, in a real repository.
'use strict';

const { spawnSync } = require('node:child_process');
const { acmeKey, assert, clearNotifications, closeAll, fileOf, findings, found, having, notified, open, run, stays, ui, until, vscode, write } = require('./common.js');

function git(...rest) {
  const done = spawnSync('git', ['-C', fileOf('.'), ...rest], { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout.trim();
}
const item = () => ui('texts', '.statusbar-item').then((texts) => texts.find((text) => /staged secret/.test(text)) ?? '');
const commits = () => git('log', '--format=%s').split('\n');
async function message(text) {
  const { exports } = vscode.extensions.getExtension('vscode.git');
  const [repository] = await until('git knows the repository', () => exports.getAPI(1).repositories.length === 1 && exports.getAPI(1).repositories);
  repository.inputBox.value = text;
}

module.exports = (test) => {
  test('commitGuard: what is staged is read, and secrets in it are shown', async () => {
    write('app.py', 'import os\n');
    git('add', '.');
    git('commit', '-q', '-m', 'First');
    write('app.py', `import os\n\nKEY = "${acmeKey()}"\n`);
    await message('');
    await stays('nothing is said of what is not staged', async () => (await item()) === '', 2);
    git('add', 'app.py');
    await run('git.refresh');
    await until('it is said', async () => /1 staged secret/.test(await item()), 40);
    const said = await notified(/1 staged secret: app\.py:3/);
    assert.equal(/acme_[a-z0-9]{20}/.test(said), false);
    await clearNotifications();
  });

  test('client.showStaged: leads to the place', async () => {
    await run('unleak.client.showStaged');
    await until('the file is open there', () => vscode.window.activeTextEditor?.document.uri.path.endsWith('/app.py') && vscode.window.activeTextEditor.selection.start.line === 2);
    await closeAll();
  });

  test('commitGuard: off, nothing is read and nothing is said', async () => {
    await having('commitGuard', false, () => until('nothing is said', async () => (await item()) === ''));
    await until('it is said', async () => /1 staged secret/.test(await item()));
    await clearNotifications();
  });

  test('client.commitAnyway: commits without asking again', async () => {
    await message('Second');
    await run('unleak.client.commitAnyway');
    await until('it is committed', () => commits()[0] === 'Second');
    await until('nothing is said any more', async () => (await item()) === '');
    await clearNotifications();
  });

  test('client.commit: what holds no secret is committed without a question', async () => {
    write('clean.py', 'NUMBER = 1\n');
    git('add', 'clean.py');
    await run('git.refresh');
    await message('Third');
    await run('unleak.client.commit');
    await until('it is committed', () => commits()[0] === 'Third');
    await clearNotifications();
  });

  test('secrets are expected in an .env that git ignores: no squiggles there', async () => {
    write('.gitignore', '.env\n');
    await open('.env', `DEPLOY_KEY=${acmeKey()}\n`);
    await stays('nothing is marked', () => findings('.env').length === 0, 3);
    await closeAll();
  });

  test('an .env that git would take has one warning, and no squiggle for each value', async () => {
    await open('service/.env.local', `DEPLOY_KEY=${acmeKey()}\nOTHER_KEY=${acmeKey()}\n`);
    git('add', '-f', 'service/.env.local');
    await run('git.refresh');
    const [one] = await found('service/.env.local', 1);
    assert.equal(one.severity, vscode.DiagnosticSeverity.Warning);
    assert.match(one.message, /git/);
    git('rm', '-q', '--cached', 'service/.env.local');
    await clearNotifications();
    await closeAll();
  });
};
