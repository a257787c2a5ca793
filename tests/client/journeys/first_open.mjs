// A person opens a folder for the first time: squiggles and the status are there, and nothing asks for anything.
import assert from 'node:assert/strict';
import fs from 'node:fs';

import { ACME, acmeKey, until } from '../editor.mjs';

export default async function travel({ open, figures, extensions, isPackaged }) {
  const begin = performance.now();
  const { window, editor } = await open({ files: { ...ACME, 'app.py': `import os\n\nKEY = "${acmeKey()}"\n` } });
  await window.openFile('app.py');
  const opened = performance.now();
  await window.squiggles('error').first().waitFor({ state: 'attached', timeout: 60_000 });
  figures['first squiggle after a file is open, caches empty (s)'] = (performance.now() - opened) / 1000;
  figures['first squiggle after the start of the editor (s)'] = (performance.now() - begin) / 1000;
  await until('the status', async () => /Rules on, judge/.test(await window.status()));
  assert.deepEqual(await window.notifications(), []);
  const running = editor.servers();
  assert.equal(running.length, 1);
  if (isPackaged) {
    assert.equal(fs.readlinkSync(`/proc/${running[0]}/exe`).startsWith(extensions), true, 'it is not the bundled server');
  }
}
