// The build without a server installs one, from the package index. Only where $UNLEAK_ONLINE says so: it takes minutes.
import { ACME, acmeKey, until } from '../editor.mjs';

export const isUniversal = true;
export const needsNetwork = true;

export default async function travel({ open, figures, python }) {
  const { window, editor } = await open({ programs: { python3: python }, files: { ...ACME, 'app.py': `KEY = "${acmeKey()}"\n` } });
  await until('a message says that there is no server', async () => (await window.notifications()).some((text) => /has no server yet/.test(text)), 60);
  const begin = performance.now();
  await window.command('unleak: Install the Server');
  await window.page.locator('.monaco-dialog-box').waitFor();
  await window.press('Install');
  await until('the server runs', () => editor.servers().length === 1, 300);
  figures['installed from the package index, without the judge (s)'] = Math.round((performance.now() - begin) / 1000);
  await window.openFile('app.py');
  await window.squiggles('error').first().waitFor({ state: 'attached', timeout: 60_000 });
}
