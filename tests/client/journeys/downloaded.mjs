// A person downloads a team's adapter from a Hub, uses it, and goes back to the judge without it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { randomValue, until } from '../editor.mjs';

export default async function travel({ open, hub, work, figures }) {
  const data = path.join(work, 'unleak-data');
  const { window } = await open({
    env: { UNLEAK_DATA_DIR: data, HF_ENDPOINT: hub, HF_HOME: path.join(work, 'hf') },
    files: { 'mail.py': `MAIL_PASSWORD = "${randomValue(9)}!${randomValue(9).toUpperCase()}"\n` },
  });
  const { page } = window;
  const rows = page.locator('.quick-input-list .monaco-list-row');
  const hears = (words) => until(`a message ${words}`, async () => (await window.notifications()).some((text) => words.test(text)), 60);
  await window.openFile('mail.py');
  await until('the judge is ready', async () => /judge ready/.test(await window.status()), 60);

  const ask = async (repository) => {
    await window.command('unleak: Download a Judge or an Adapter');
    await rows.filter({ hasText: 'Download from a repository' }).click();
    const named = page.locator('.quick-input-widget input[placeholder="owner/name"]');
    await named.fill(repository);
    await named.press('Enter');
    await page.locator('.monaco-dialog-box').waitFor();
  };
  await ask('team/adapter');
  await window.press('Cancel');
  assert.equal(fs.existsSync(path.join(data, 'judges')), false, 'something was fetched without a yes');

  const begin = performance.now();
  await ask('team/adapter');
  await window.press('Download');
  await hears(/team@.* is installed/);
  figures['download of an adapter, with the questions (s)'] = (performance.now() - begin) / 1000;
  assert.equal(fs.readdirSync(data, { recursive: true }).some((name) => name.endsWith('adapter.gguf')), true);
  await window.press('Use It Now');
  await hears(/team .* is the judge now/);
  await window.command('unleak: Choose the Judge');
  await rows.filter({ hasText: 'adapter for unleak-judge' }).waitFor();
  await rows.filter({ hasText: 'comes with unleak' }).click();
  await hears(/unleak-judge .* is the judge now/);

  await ask('team/nothing');
  await window.press('Download');
  await hears(/team\/nothing/);
}
