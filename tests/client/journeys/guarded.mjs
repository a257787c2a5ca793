// A person commits: staged secrets are listed before, and are committed only when the person says so.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { ACME, acmeKey, until } from '../editor.mjs';

export default async function travel({ open, folder }) {
  const git = (...rest) => {
    const done = spawnSync('git', ['-C', folder, ...rest], { encoding: 'utf8' });
    assert.equal(done.status, 0, done.stderr);
    return done.stdout.trim();
  };
  for (const [name, text] of Object.entries({ ...ACME, 'app.py': 'import os\n' })) fs.writeFileSync(path.join(folder, name), text);
  git('init', '-q', '-b', 'main');
  git('config', 'user.name', 'A Person');
  git('config', 'user.email', 'person@example.invalid');
  git('add', '.');
  git('commit', '-q', '-m', 'First');
  fs.appendFileSync(path.join(folder, 'app.py'), `KEY = "${acmeKey()}"\n`);
  git('add', 'app.py');
  const { window } = await open();
  await window.page.keyboard.press('Control+Shift+G');
  const item = window.page.locator('.statusbar-item', { hasText: '1 staged secret' });
  await item.waitFor({ timeout: 60_000 });
  const message = window.page.locator('.scm-input .monaco-editor').first();
  await message.click();
  await window.page.keyboard.type('Second');
  await window.page.keyboard.press('Control+Enter');
  const dialog = window.page.locator('.monaco-dialog-box');
  await dialog.waitFor();
  const said = await dialog.innerText();
  assert.match(said, /1 secret would be committed/);
  assert.match(said, /app\.py:2/);
  assert.equal(/acme_[a-z0-9]{20}/.test(said), false);
  await window.page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  assert.equal(git('log', '--format=%s'), 'First');
  await message.click();
  await window.page.keyboard.press('Control+Enter');
  await dialog.waitFor();
  await window.press('Commit Anyway');
  await until('it is committed', () => git('log', '--format=%s') === 'Second\nFirst');
  await item.waitFor({ state: 'hidden' });
  assert.equal(git('status', '--porcelain'), '');
}
