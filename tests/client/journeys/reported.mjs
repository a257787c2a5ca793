// A person scans the workspace and looks at the report; a row leads to its place.
import assert from 'node:assert/strict';

import { ACME, acmeKey, until } from '../editor.mjs';

export default async function travel({ open }) {
  const keys = [acmeKey(), acmeKey()];
  const { window } = await open({ files: { ...ACME, 'shop/one.py': `\n\nKEY = "${keys[0]}"\n`, 'shop/two.js': `const key = "${keys[1]}";\n` } });
  await until('the server runs', async () => { await window.openFile('two.js'); return (await window.squiggles().count()) === 1; }, 60);
  await window.command('unleak: Scan the Workspace for Secrets');
  await until('the scan is over', async () => (await window.notifications()).some((text) => /2 findings in \d+ files/.test(text)));
  await window.press('Show Report');
  const page = await until('the page', async () => {
    for (const frame of window.page.frames()) {
      const text = await frame.evaluate('document.body.innerText').catch(() => '');
      if (/2 findings in 2 files/.test(text)) return frame;
    }
    return undefined;
  });
  const text = await page.evaluate('document.body.innerText');
  for (const key of keys) assert.equal(text.includes(key), false);
  await page.locator('a, button, [role=link], [role=button], tr, li').filter({ hasText: 'one.py' }).last().click();
  await window.page.locator('.tab.active[data-resource-name="one.py"]').waitFor();
  await until('the caret is there', async () => (await window.page.locator('.statusbar-item', { hasText: 'Ln 3' }).count()) > 0);
}
