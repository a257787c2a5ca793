// A model reads the open file whole: a tiny one that talks nonsense, and programs in its place that say what a test wants.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { acmeKey, assert, clearNotifications, closeAll, findings, found, given, having, notifications, notified, open, pick, picks, randomValue, read, run, servers, set, ui, until, vscode, write } = require('./common.js');

const value = ['zR7p', 'Lq2wT9'].join('');
const text = `import shop\n\nshop.enter('ada', '${value}')\n`;
const says = path.join(given.work, 'says.json');
const sentence = (line, start, end, others) => ({ line, start, end, kind: 'password', severity: 'warning', confidence: 0.9, ...others });
const ours = sentence(3, value.slice(0, 4), value.slice(-4));

/** Has a program say this in place of a model; `body` is what it does with a chunk, where not just answering. */
const say = (answers, body) => fs.writeFileSync(says, JSON.stringify({ answers, ...(body ? { body } : {}) }));
const sleeping = (seconds) => `time.sleep(${seconds})\n    say({"id": heard["id"], "answer": json.dumps(answers)})`;
const start = () => run('unleak.client.runFinder');
const isReading = () => notified(/The finder reads/);
const insert = (line, words) => vscode.window.activeTextEditor.edit((edit) => edit.insert(new vscode.Position(line, 0), words));
const rows = async () => (await ui('texts', '.quick-input-list .monaco-list-row')).join('\n');

/** Waits until there is one notification, with these words. */
const alone = (words) => until(`one notification ${words}`, async () => {
  const [first, ...others] = await notifications();
  return others.length === 0 && words.test(first ?? '');
});

/** The programs that stand for a model, of this editor alone. */
const workers = () => fs.readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).filter((pid) => {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('heard["read"]')
      && fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`HOME=${given.home}`);
  } catch {
    return false;
  }
});

/** After a test: no file, no message, no program. */
async function clean() {
  fs.rmSync(says, { force: true });
  await clearNotifications();
  await closeAll();
  await until('no program is left', () => workers().length === 0);
}

module.exports = (test) => {
  test('it is off: nothing offers it, and the command says what to switch on', async () => {
    await open('off.py', text);
    const menu = run('unleak.client.menu');
    assert.doesNotMatch((await picks()).join('\n'), /finder/);
    await run('workbench.action.closeQuickOpen');
    await menu;
    await start();
    await alone(/finder is switched off.*unleak\.finder\.enabled/);
    await run('notification.acceptPrimaryAction');
    await until('the settings are open', async () => (await ui('labels', '.tab.active')).some((label) => /Settings/.test(label)));
    await clean();
  });

  test('finder.enabled: no settings of a workspace switch it on', async () => {
    await open('off.py', text);
    write('.vscode/settings.json', JSON.stringify({ 'unleak.finder.enabled': true, 'unleak.minSeverity': 'hint' }));
    await until('they are read', () => vscode.workspace.getConfiguration('unleak').get('minSeverity') === 'hint');
    assert.equal(vscode.workspace.getConfiguration('unleak').get('finder.enabled'), false);
    await start();
    await notified(/finder is switched off/);
    fs.rmSync(path.join(given.folder, '.vscode'), { recursive: true });
    await clean();
  });

  test('finder.enabled: with a judge that cannot do it one message says so, and leads to the others', async () => {
    await set('finder.enabled', true);
    await open('on.py', text);
    const menu = run('unleak.client.menu');
    assert.match((await picks()).join('\n'), /finder/);
    await run('workbench.action.closeQuickOpen');
    await menu;
    await start();
    await alone(/No model reads files whole.*unleak-judge/);
    await run('notification.acceptPrimaryAction');
    assert.match((await picks()).join('\n'), /unleak-judge/);
    await run('workbench.action.closeQuickOpen');
    await clean();
  });

  test('client.chooseJudge: a model that talks is told by its name, what it can, and that nothing was measured', async () => {
    await run('unleak.model.import', { path: given.judges.reader });
    void run('unleak.client.chooseJudge');
    await picks();
    assert.match(await rows(), /random 1judge · reads files whole.*\n.*was not measured/);
    await pick('random 1');
    await notified(/random 1 is the judge now.*was not measured/s);
    await clean();
  });

  test('it judges as any other, and status and report tell of it', async () => {
    await having('judge.enabled', true, async () => {
      await open('judged.py', `DATABASE_PASSWORD = "${randomValue(9)}!${randomValue(9).toUpperCase()}"\n`);
      await until('it takes it for a test', () => findings('judged.py').some((one) => one.severity === vscode.DiagnosticSeverity.Information), 40);
      await until('the status', async () => /judge ready.*random 1/.test(await ui('status')));
      await run('unleak.client.report');
      await until('the report', async () => (await ui('frames', 'document.body.innerText')).some((shown) => /^Findings\b.*judged\.py/s.test(shown ?? '')));
    });
    await clean();
  });

  test('client.runFinder: a model that talks nonsense changes nothing, and its answers are counted', async () => {
    await open('nonsense.py', Array.from({ length: 30 }, (_, number) => `value_${number} = compute(${number})\n`).join(''));
    await start();
    await notified(/The finder has found nothing new in nonsense\.py\. \d+ answers? of the model did not count: \d+ /);
    assert.deepEqual(findings('nonsense.py'), []);
    await clean();
  });

  test('client.runFinder: what it finds is marked, and in the report; what is not there is counted', async () => {
    say([ours, sentence(1, 'nowhere', 'nowhere')]);
    await open('found.py', text);
    await start();
    await notified('The finder has found 1 possible secret in found.py. 1 answer of the model did not count: 1 not in the text.');
    const [finding] = await found('found.py', 1);
    assert.equal(finding.range.start.line, 2);
    assert.match(finding.message, /found by the model's reading/);
    await run('unleak.client.report');
    const shown = await until('the report', async () => (await ui('frames', 'document.body.innerText')).find((page) => /^Findings\b.*found\.py/s.test(page ?? '')));
    assert.equal(shown.includes(value), false);
    await clean();
  });

  test('it reads what nobody has saved, and files without a name', async () => {
    say([ours]);
    const document = await vscode.workspace.openTextDocument({ language: 'python', content: text });
    await vscode.window.showTextDocument(document);
    await until('it is read', async () => {
      await start();
      return findings(document.uri).length === 1;
    });
    await notified(/1 possible secret in Untitled-\d/);
    await clean();
  });

  test('an edit while it reads moves what is found', async () => {
    say([ours], sleeping(2));
    await open('edited.py', text);
    const done = start();
    await until('it reads', () => workers().length === 1);
    await insert(0, '# first\n');
    await done;
    await until('the finding is further down', () => findings('edited.py').map((one) => one.range.start.line).join() === '3');
    await clean();
  });

  test('asked twice it reads once, and says so', async () => {
    say([ours], sleeping(3));
    await open('twice.py', text);
    const done = start();
    await until('it reads', () => workers().length === 1);
    await start();
    await notified(/The finder reads twice\.py already/);
    assert.equal(workers().length, 1);
    await done;
    await found('twice.py', 1);
    await clean();
  });

  test('it is cancelled by its progress, and its program ends', async () => {
    say([ours], 'time.sleep(600)');
    await open('cancelled.py', `KEY = "${acmeKey()}"\n${text}`);
    await found('cancelled.py', 1);
    const done = start();
    await isReading();
    await until('it reads', () => workers().length === 1);
    await ui('press', 'Cancel');
    await done;
    await notified(/nothing new in cancelled\.py\. It has not read 3 lines: it was stopped\./);
    assert.equal(findings('cancelled.py').length, 1);
    await clean();
  });

  test('finder.deadline: when its time is up, a message says what it has not read', async () => {
    say([ours], 'time.sleep(600)');
    await open('late.py', text);
    await having('finder.deadline', 1, async () => {
      await start();
      await notified(/It has not read 2 lines: its time was up\./);
    });
    await clean();
  });

  test('when its program crashes one message says so, each time', async () => {
    say([ours], 'sys.exit(3)');
    await open('crashed.py', `KEY = "${acmeKey()}"\n`);
    await found('crashed.py', 1);
    for (const _ of [1, 2]) {
      await start();
      await alone(/It has not read 1 line: its process ended with code 3\./);
      await clearNotifications();
    }
    assert.equal(findings('crashed.py').length, 1);
    await clean();
  });

  test('when the server is killed while it reads, a message says so, and the next one can do it', async () => {
    say([ours], 'come.read()');
    await open('killed.py', text);
    const done = start();
    await until('it reads', () => workers().length === 1);
    const [pid] = servers();
    process.kill(pid, 'SIGKILL');
    await done;
    await notified(/server of unleak ended before it could answer/);
    await until('its program ends', () => workers().length === 0);
    await until('another server runs', () => servers().length === 1 && servers()[0] !== pid, 30);
    await clearNotifications();
    say([ours]);
    await until('it is read', async () => {
      await start();
      return findings('killed.py').length === 1;
    });
    await clean();
  });

  test('where an unleak.toml says no, it is not read', async () => {
    write('quiet/unleak.toml', '[finder]\nenabled = false\n');
    say([ours]);
    await open('quiet/app.py', text);
    await start();
    await notified(/unleak\.toml of this project says that no model reads its files whole/);
    await clean();
  });

  test('a file of 10 MB: the editor goes on while it is read', async () => {
    const line = 'total = total + compute(number)  # nothing to see\n';
    say([ours]);
    await open('huge.py', text + line.repeat(Math.floor(9_900_000 / line.length)));
    await having('finder.deadline', 8, async () => {
      let isOver = false;
      const done = until('it is read', async () => {
        await start(); // says that it is not scanned yet until it is
        return findings('huge.py').length === 1;
      }, 50).then(() => { isOver = true; });
      await until('it reads', () => workers().length === 1, 40);
      await open('beside.py', `KEY = "${acmeKey()}"\n`);
      await found('beside.py', 1);
      assert.equal(isOver, false, 'it was over before another file was looked at');
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(vscode.Uri.file(path.join(given.folder, 'huge.py'))), { preview: false });
      await done;
      await notified(/1 possible secret in huge\.py\./);
    });
    assert.equal(read('huge.py').startsWith(text), true);
    await clean();
  });
};
