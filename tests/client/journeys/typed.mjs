// A person types a secret: the squiggle comes while they look at it.
import assert from 'node:assert/strict';

import { ACME, acmeKey, until } from '../editor.mjs';

export default async function travel({ open, figures }) {
  const { window } = await open({ files: { ...ACME, 'app.py': `import os\n\nKEY = "${acmeKey()}"\n` } });
  await window.openFile('app.py');
  await window.squiggles('error').first().waitFor({ state: 'attached', timeout: 60_000 });
  const taken = [];
  for (let count = 2; count <= 6; count += 1) {
    await window.caret(count + 2);
    await window.page.keyboard.type(`KEY_${count} = "${acmeKey()}`);
    const begin = performance.now();
    await window.page.keyboard.type('"\n');
    await window.page.waitForFunction((wanted) => document.querySelectorAll('.editor-group-container.active .monaco-editor .squiggly-error').length >= wanted, count, { polling: 5, timeout: 30_000 });
    taken.push(performance.now() - begin);
  }
  figures['squiggle after the last key, median of 5 (ms)'] = Math.round(taken.sort((a, b) => a - b)[2]);
  figures['squiggle after the last key, slowest of 5 (ms)'] = Math.round(taken[4]);
  await window.page.keyboard.press('Control+Shift+M');
  const rows = window.page.locator('.markers-panel .monaco-list-row', { hasText: 'Acme deploy key' });
  await until('all are in the Problems panel', async () => (await rows.count()) === 6);
  assert.equal((await rows.allInnerTexts()).some((text) => /acme_[a-z0-9]{20}/.test(text)), false);
}
