// Runs in the extension host: loads the suite that $UNLEAK_TEST names and runs its tests in order.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const vscode = require('vscode');

const given = JSON.parse(process.env.UNLEAK_TEST);

/** What the extension says of its server. */
function said() {
  const { publisher, name } = JSON.parse(fs.readFileSync(path.join(given.client, 'package.json'), 'utf8'));
  const extension = vscode.extensions.getExtension(`${publisher}.${name}`);
  return `server: ${JSON.stringify(extension?.exports?.state)}, judge: ${JSON.stringify(extension?.exports?.judge)}`;
}

exports.run = async () => {
  const tests = [];
  const problems = [];
  const keep = () => fs.writeFileSync(given.results, JSON.stringify({ tests, problems }));
  const planned = [];
  try {
    const suite = require(`${given.name}.js`);
    suite((name, body) => planned.push({ name, body }));
    for (const { name, body } of planned) {
      const begin = Date.now();
      const test = { name, milliseconds: 0 };
      tests.push(test);
      try {
        await Promise.race([
          body(),
          new Promise((_, reject) => setTimeout(() => reject(new Error('it took more than 60 s')), 60_000)),
        ]);
      } catch (error) {
        test.problem = `${String(error?.stack ?? error)}\n${said()}`;
      }
      test.milliseconds = Date.now() - begin;
      keep();
    }
  } catch (error) {
    problems.push(String(error?.stack ?? error));
  }
  keep();
  if (problems.length || tests.some((test) => test.problem)) throw new Error('tests have failed');
};
