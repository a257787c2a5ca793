// A person takes the first fix by Ctrl+. and saves: all files are compared.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import { ACME, acmeKey, filesIn, sleep, until } from '../editor.mjs';

export default async function travel({ open, folder }) {
  const key = acmeKey();
  const program = (value, imports) => `"""The shop."""\n${imports}import sys\n\nDEPLOY_KEY = ${value}  # kept\nprint(DEPLOY_KEY, sys.argv)\n`;
  spawnSync('git', ['init', '-q', folder]);
  const { window } = await open({ files: { ...ACME, '.gitignore': 'node_modules/\n', 'app.py': program(`"${key}"`, '') } });
  await window.openFile('app.py');
  await window.squiggles('error').first().waitFor({ state: 'attached', timeout: 60_000 });
  const titles = await window.fixes('error');
  assert.match(titles.find((title) => /Move|Read|Replace/.test(title)), /^Move it to the environment variable DEPLOY_KEY$/);
  assert.equal(titles.join().includes(key), false);
  await window.choose('Move it to the environment variable DEPLOY_KEY');
  await until('the squiggle is gone', async () => (await window.squiggles().count()) === 0);
  const masked = () => Object.fromEntries(Object.entries(filesIn(folder)).map(([name, text]) => [name, text.replaceAll(key, '«key»')]));
  const fixed = {
    ...ACME,
    '.env': 'DEPLOY_KEY=«key»\n',
    '.env.example': 'DEPLOY_KEY=\n',
    '.gitignore': 'node_modules/\n.env\n',
    'app.py': program('os.environ["DEPLOY_KEY"]', 'import os\n'),
  };
  await until('all is saved', async () => { // what is not open is opened a moment after its change
    await window.command('File: Save All Files');
    await sleep(500);
    return isDeepStrictEqual(masked(), fixed);
  }).catch(() => assert.deepEqual(masked(), fixed));
  await until('.env is readable for its owner alone', () => (fs.statSync(path.join(folder, '.env')).mode & 0o777) === 0o600);
  assert.deepEqual((await window.notifications()).filter((text) => /not found|unleak\.fix/.test(text)), []);
}
