// A workspace that is not trusted: the bundled server runs, and nothing of the workspace decides.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { ACME, acmeKey, randomValue, until } from '../editor.mjs';

export const needsPackage = true;

export default async function travel({ open, extensions, work }) {
  const trap = path.join(work, 'trap/unleak');
  fs.mkdirSync(path.dirname(trap));
  fs.writeFileSync(trap, `#!/bin/sh\ntouch "${work}/sprung"\n`, { mode: 0o755 });
  const { window, editor } = await open({
    trust: false,
    machine: { 'unleak.path': trap },
    files: {
      ...ACME,
      'unleak.toml': `${ACME['unleak.toml']}disabled_rules = ["generic-password"]\n`,
      '.vscode/settings.json': JSON.stringify({ 'unleak.enable': false, 'unleak.path': trap, 'unleak.disabledRules': ['generic-password'] }),
      'app.py': `KEY = "${acmeKey()}"\nDATABASE_PASSWORD = "${randomValue(9)}!${randomValue(9).toUpperCase()}"\n`,
    },
  });
  await window.page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
  await window.openFile('app.py');
  await window.squiggles().first().waitFor({ state: 'attached', timeout: 60_000 });
  await window.page.keyboard.press('Control+Shift+M');
  await window.page.locator('.markers-panel .monaco-list-row', { hasText: 'Password' }).first().waitFor();
  assert.equal(await window.page.locator('.markers-panel .monaco-list-row', { hasText: 'Acme' }).count(), 0, 'a rule of the workspace counts');
  const [server] = await until('one server runs', () => editor.servers().length === 1 && editor.servers());
  assert.equal(fs.readlinkSync(`/proc/${server}/exe`).startsWith(extensions), true, 'it is not the bundled server');
  assert.equal(fs.existsSync(path.join(work, 'sprung')), false, 'the program of the setting was run');
}
