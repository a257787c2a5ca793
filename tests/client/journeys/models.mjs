// A person imports a judge from a folder, uses it, verifies it, goes back to that of unleak, and removes it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { randomValue, sleep, until } from '../editor.mjs';

export default async function travel({ open, judges, work }) {
  const data = path.join(work, 'unleak-data');
  const { window } = await open({
    env: { UNLEAK_DATA_DIR: data },
    files: { 'mail.py': `MAIL_PASSWORD = "${randomValue(9)}!${randomValue(9).toUpperCase()}"\n` },
  });
  const { page } = window;
  const input = page.locator('.quick-input-widget input');
  const rows = page.locator('.quick-input-list .monaco-list-row');
  const hears = (words) => until(`a message ${words}`, async () => (await window.notifications()).some((text) => words.test(text)), 40);
  await window.openFile('mail.py');
  await until('the judge is ready', async () => /judge ready/.test(await window.status()), 60);

  await window.command('unleak: Import a Judge or an Adapter From a File or Folder');
  await rows.filter({ hasText: 'A folder' }).click();
  await until('a folder is asked for', async () => (await input.inputValue()).startsWith('/'));
  await until('the folder is named', async () => { // the dialog puts its own in, a moment after it is open
    await input.fill(`${judges.test}/`);
    await sleep(1000);
    return (await input.inputValue()) === `${judges.test}/`;
  });
  await page.locator('.quick-input-widget .monaco-button', { hasText: /Import|OK/ }).first().click();
  await hears(/random.* is imported/);
  await window.press('Use It Now');
  await hears(/random 1 is the judge now/);
  await window.squiggles('info').first().waitFor({ state: 'attached', timeout: 60_000 }); // it takes everything for a test's
  assert.equal(fs.readdirSync(data, { recursive: true }).some((name) => name.endsWith('judge.gguf')), true);

  const choose = async () => {
    await window.command('unleak: Choose the Judge');
    await rows.filter({ hasText: 'random 1' }).waitFor();
  };
  const button = async (row, label) => {
    await rows.filter({ hasText: row }).hover();
    await rows.filter({ hasText: row }).locator(`[aria-label^="${label}"]`).first().click();
  };
  await choose();
  const offered = (await rows.allInnerTexts()).join('\n');
  for (const words of [/comes with unleak/, /MB|kB/, /Apache-2\.0/, /measured/]) assert.match(offered, words);
  await button('random 1', 'Verify');
  await hears(/random 1 is whole/);

  await choose();
  await rows.filter({ hasText: 'comes with unleak' }).click();
  await hears(/is the judge now/);
  await choose();
  await button('random 1', 'Remove');
  await page.locator('.monaco-dialog-box').waitFor();
  await window.press('Remove');
  await hears(/random 1 is removed/);
  assert.equal(fs.readdirSync(data, { recursive: true }).some((name) => name.endsWith('judge.gguf')), false);

  await window.command('unleak: Download a Judge or an Adapter');
  await until('the catalogue, or that there is nothing', async () => (await rows.count()) > 0 || (await window.notifications()).some((text) => /nothing to download/.test(text)));
}
