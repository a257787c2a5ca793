// The server is killed: another one comes by itself, and a person who goes on typing sees no difference.
import assert from 'node:assert/strict';
import process from 'node:process';

import { ACME, acmeKey, until } from '../editor.mjs';

export default async function travel({ open, figures }) {
  const { window, editor } = await open({ files: { ...ACME, 'app.py': `KEY = "${acmeKey()}"\n` } });
  await window.openFile('app.py');
  await window.squiggles('error').first().waitFor({ state: 'attached', timeout: 60_000 });
  const [first] = editor.servers();
  process.kill(first, 'SIGKILL');
  const begin = performance.now();
  await until('another server runs', () => editor.servers().length === 1 && editor.servers()[0] !== first);
  await window.caret(2);
  await window.page.keyboard.type(`OTHER_KEY = "${acmeKey()}"\n`);
  await until('the new one is found', async () => (await window.squiggles('error').count()) === 2, 60);
  figures['squiggles again after kill -9 (s)'] = (performance.now() - begin) / 1000;
  assert.deepEqual(await window.notifications(), []);
}
