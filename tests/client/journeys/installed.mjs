// The build without a server, on a machine where nothing goes well: no right to write, a full disk, a proxy in the way.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { ACME, acmeKey, until } from '../editor.mjs';

export const isUniversal = true;

export default async function travel({ open, work, figures, python }) {
  const storage = path.join(work, 'data/User/globalStorage/unleak.unleak');
  fs.mkdirSync(path.dirname(storage), { recursive: true });
  fs.writeFileSync(storage, 'a file where a folder should be');
  const { window, editor } = await open({ settings: { 'http.proxy': 'http://127.0.0.1:9' }, programs: { python3: python }, files: { ...ACME, 'app.py': `KEY = "${acmeKey()}"\n` } });
  const { page } = window;
  const hears = (words, seconds = 60) => until(`a message ${words}`, async () => (await window.notifications()).some((text) => words.test(text)), seconds);
  const clear = () => window.command('Notifications: Clear All Notifications');
  const install = async () => {
    await window.command('unleak: Install the Server');
    await page.locator('.monaco-dialog-box').waitFor();
    await window.press('Install');
  };

  await hears(/unleak has no server yet/);
  assert.equal((await window.notifications()).length, 1);
  await clear();

  await install();
  await hears(/The server was not installed\. unleak must not write to/);
  await clear();
  fs.rmSync(storage);
  fs.mkdirSync(storage);

  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'small', storage]).status === 0) {
    try {
      await install();
      await hears(/The server was not installed\. The disk is full/);
    } finally {
      spawnSync('umount', ['-l', storage]);
    }
    await clear();
  } else {
    figures['full disk'] = 'not tested: nothing can be mounted here';
  }

  await install();
  await hears(/The server was not installed\. The (proxy did not let|package index could not)/, 120);
  assert.deepEqual(fs.readdirSync(storage).filter((name) => name.startsWith('env-')), [], 'something is left behind');
  await clear();
  assert.deepEqual(editor.servers(), []);
}
