// When the judge reads, and each setting of it.
// The judge of this suite calls everything a test's: what it has read is an information, what it has not read a hint,
// and what the rules decide alone a warning.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { assert, clearNotifications, closeAll, findings, given, having, notified, open, randomValue, run, set, stays, ui, until, vscode, write } = require('./common.js');

const line = () => `DATABASE_PASSWORD = "${randomValue(9)}!${randomValue(9).toUpperCase()}"\n`;
const type = (text) => vscode.window.activeTextEditor.edit((edit) => edit.insert(new vscode.Position(vscode.window.activeTextEditor.document.lineCount, 0), text));
const save = () => vscode.window.activeTextEditor.document.save();
const are = (name, severity) => findings(name).length > 0 && findings(name).every((one) => one.severity === severity);
const isRead = (name) => are(name, vscode.DiagnosticSeverity.Information);
const isUnread = (name) => are(name, vscode.DiagnosticSeverity.Hint);
const isByRules = (name) => are(name, vscode.DiagnosticSeverity.Warning);

/** What the programs of the judge were started with. */
const judges = () => fs.readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).flatMap((pid) => {
  try {
    const words = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
    const isOurs = fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`HOME=${given.home}`);
    return isOurs && words.some((word) => word === given.judges.test) ? [words] : [];
  } catch {
    return [];
  }
});

const verdicts = () => fs.readdirSync(path.join(given.work, 'cache')).filter((name) => /^verdicts.*\.sqlite3$/.test(name));

module.exports = (test) => {
  test('judge.run: with onSave it reads what is opened and what is saved, and not while somebody types', async () => {
    await open('save.py', line());
    await until('it is read', () => isRead('save.py'), 40);
    await until('the status', async () => /judge ready/.test(await ui('status')));
    await open('typed.py', '\n');
    await type(line());
    await until('a hint until then', () => isUnread('typed.py'));
    await stays('it is a hint', () => isUnread('typed.py'), 2);
    await save();
    await until('it is read', () => isRead('typed.py'));
    await closeAll();
  });

  test('judge.run: with onType it reads when somebody has stopped typing', async () => {
    await having('judge.run', 'onType', async () => {
      await open('type.py', '\n');
      await type(line());
      await until('it is read', () => isRead('type.py'));
    });
    await run('workbench.action.files.revert');
    await closeAll();
  });

  test('judge.idleDelay: it waits so long', async () => {
    await having('judge.run', 'onType', () => having('judge.idleDelay', 60_000, async () => {
      await open('idle.py', '\n');
      await type(line());
      await until('a hint until then', () => isUnread('idle.py'));
      await stays('it is a hint', () => isUnread('idle.py'), 3);
    }));
    await run('workbench.action.files.revert');
    await closeAll();
  });

  test('client.scanFile: with judge.run manual it reads only then, and a message says so', async () => {
    await having('judge.run', 'manual', async () => {
      await open('manual.py', line());
      await until('a hint until then', () => isUnread('manual.py'));
      await save();
      await stays('it is a hint', () => isUnread('manual.py'), 2);
      await run('unleak.client.scanFile');
      await until('it is read', () => isRead('manual.py'));
      await notified(/The judge has read 1 of 1/);
    });
    await clearNotifications();
    await closeAll();
  });

  test('judge.enabled: without it the rules decide alone, and the status says so', async () => {
    await open('enabled.py', line());
    await until('it is read', () => isRead('enabled.py'));
    await having('judge.enabled', false, async () => {
      await until('the rules decide', () => isByRules('enabled.py'));
      await until('the status', async () => /judge off/.test(await ui('status')));
    });
    await until('it is read', () => isRead('enabled.py'));
    await closeAll();
  });

  test('judge.threads: the judge is started with so many', async () => {
    await set('judge.threads', 2);
    await open('threads.py', line());
    await until('it is read', () => isRead('threads.py'));
    await until('it has two', () => judges().some((words) => words.at(-1) === '2'));
    await set('judge.threads', undefined);
    await closeAll();
  });

  test('judge.budget: what it could not read within that stands as the rules decide it', async () => {
    write('budget/one.py', line());
    await having('judge.budget', 0, async () => {
      await run('unleak.client.scanWorkspace');
      await until('the rules decide', () => isByRules('budget/one.py'));
    });
    await run('unleak.client.scanWorkspace');
    await until('it is read', () => isRead('budget/one.py'));
    await clearNotifications();
  });

  test('judge.cache: verdicts are kept only where that is on', async () => {
    assert.deepEqual(verdicts(), []);
    await having('judge.cache', true, async () => {
      await open('cache.py', line());
      await until('it is read', () => isRead('cache.py'));
      await until('verdicts are kept', () => verdicts().length > 0);
    });
    await closeAll();
  });
};
