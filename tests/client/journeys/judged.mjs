// A person saves: the judge that comes with the client reads what was typed, and its verdict changes the squiggle.
import assert from 'node:assert/strict';

import { randomValue, until } from '../editor.mjs';

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789';
const text = (before) => `"""Settings of the shop in production."""

import smtplib

${before}

def send(message):
    with smtplib.SMTP_SSL("mail.shop.io") as server:
        server.login("orders@shop.io", MAIL_PASSWORD)
        server.send_message(message)
`;

export default async function travel({ open, figures }) {
  const { window } = await open({ files: { 'mail.py': text('') } });
  await window.openFile('mail.py');
  await until('the server reads the file', async () => /Rules on/.test(await window.status()), 60);
  await window.caret(5);
  await window.page.keyboard.type(`MAIL_PASSWORD = "${randomValue(16, LETTERS)}"\n`);
  await window.squiggles('hint').first().waitFor({ state: 'attached', timeout: 60_000 });
  assert.equal(await window.squiggles('warning').count(), 0, 'more than a hint before the judge has read it');
  const begin = performance.now();
  await window.save();
  await window.squiggles('warning').first().waitFor({ state: 'attached', timeout: 60_000 });
  figures['verdict after saving, judge not loaded (s)'] = (performance.now() - begin) / 1000;
  await until('the status', async () => /judge ready/.test(await window.status()), 20);
  await window.page.keyboard.press('Control+Shift+M');
  await window.page.locator('.markers-panel .monaco-list-row', { hasText: 'the judge takes it for a live one' }).waitFor();
}
