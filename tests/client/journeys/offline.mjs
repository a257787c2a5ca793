// There is no network at all: everything is there as ever, judge and fix included.
import assert from 'node:assert/strict';
import net from 'node:net';

import { ACME, acmeKey, randomValue, until } from '../editor.mjs';

export const isOffline = true;

export default async function travel({ open, isCut, figures }) {
  if (isCut) assert.equal(await reaches('192.0.2.1'), 'ENETUNREACH');
  else figures['the network was cut'] = 'no: this machine does not allow that; requests of the browser were blocked';
  const { window } = await open({
    env: isCut ? {} : { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' },
    files: { ...ACME, 'app.py': `KEY = "${acmeKey()}"\nDATABASE_PASSWORD = "${randomValue(9)}!${randomValue(9).toUpperCase()}"\n` },
  });
  await window.openFile('app.py');
  await until('both are found', async () => (await window.squiggles().count()) === 2, 60);
  await until('the judge is ready', async () => /judge ready/.test(await window.status()), 60);
  const titles = await window.fixes('error');
  assert.ok(titles.some((title) => title.startsWith('Move it to the environment variable')));
  await window.page.keyboard.press('Escape');
  assert.deepEqual(await window.notifications(), []);
}

const reaches = (host) => new Promise((resolve) => {
  const socket = net.connect({ host, port: 443, timeout: 2000 });
  socket.once('connect', () => resolve('connected'));
  socket.once('timeout', () => resolve('timeout'));
  socket.once('error', (error) => resolve(error.code));
});
