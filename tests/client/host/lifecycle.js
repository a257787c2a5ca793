// The server's life: it is killed, it crashes again and again, it is not there, or it is another one than it should be.
'use strict';

const path = require('node:path');
const { acmeKey, assert, clearNotifications, findings, found, given, notifications, notified, open, run, servers, set, sleep, stays, ui, until, vscode } = require('./common.js');

const one = () => until('one server runs', () => servers().length === 1 && servers()[0], 30);
const seen = [];
const of = (name) => path.join(given.work, name);

module.exports = (test) => {
  test('kill -9: another server comes, and the findings are there again', async () => {
    await open('app.py', `KEY = "${acmeKey()}"\n`);
    await found('app.py', 1);
    const before = await one();
    process.kill(before, 'SIGKILL');
    await until('another server runs', () => servers().length === 1 && servers()[0] !== before, 20);
    await open('after.py', `KEY = "${acmeKey()}"\n`);
    await found('after.py', 1);
    await found('app.py', 1);
    assert.deepEqual(await notifications(), []);
  });

  test('a server that crashes again and again is started with growing pauses; then there is one message', async () => {
    await run('unleak.client.restart'); // what has crashed before does not count any more
    let last = await one();
    const pauses = [];
    for (;;) {
      process.kill(last, 'SIGKILL');
      const begin = Date.now();
      const next = await Promise.race([
        until('another server runs', () => servers().length === 1 && servers()[0] !== last && servers()[0], 30).catch(() => 0),
        notified(/crash|ended|stopped/i, 30).then(() => 0, () => 0),
      ]);
      if (!next) break;
      pauses.push(Date.now() - begin);
      last = next;
      await sleep(600);
      assert.ok(pauses.length < 8, 'it goes on without an end');
    }
    seen.push(...pauses);
    assert.ok(pauses.length >= 3, `pauses: ${pauses}`);
    assert.ok(pauses.at(-1) > 2 * pauses[0], `pauses do not grow: ${pauses}`);
    const messages = await notifications();
    assert.equal(messages.length, 1, messages.join(' | '));
    assert.match(messages[0], /Show Log/i);
    assert.match(messages[0], /Restart/i);
    await stays('no server runs', () => servers().length === 0, 2);
    await ui('press', 'Restart');
    await one();
    await clearNotifications();
    await found('app.py', 1);
  });

  for (const [what, value, words] of [
    ['that is not there', of('nowhere/unleak'), /unleak\.path is wrong.*there is no/],
    ['that is a folder', given.work, /unleak\.path is wrong.*folder/],
    ['that is no absolute path', 'unleak', /unleak\.path is wrong.*not an absolute path/],
    ['that is no program', of('no-program'), /unleak\.path is wrong.*must not be run/],
  ]) {
    test(`path: one ${what} is named in one message, and no other server is taken`, async () => {
      await set('path', value);
      await notified(words);
      assert.equal((await notifications()).length, 1);
      assert.equal(servers().length, 0);
      await clearNotifications();
    });
  }

  test('path: a server that ends at once is named in one message', async () => {
    await set('path', of('ending/unleak'));
    await notified(/unleak/, 40);
    await stays('there is one message', async () => (await notifications()).length === 1, 3);
    await clearNotifications();
  });

  test('path: an older server is named with what to do, and nothing is asked of it', async () => {
    await set('path', of('older/unleak'));
    await notified(/older|too old|update/i, 40);
    assert.equal((await notifications()).length, 1);
    assert.deepEqual(findings('app.py'), []);
    await clearNotifications();
  });

  test('path: the right one starts at once', async () => {
    await set('path', of('other/unleak'));
    await one();
    await open('again.py', `KEY = "${acmeKey()}"\n`);
    await found('again.py', 1);
    await clearNotifications();
  });

  test('commands say so in one message while no server runs', async () => {
    await set('path', of('nowhere/unleak'));
    await notified(/unleak\.path is wrong/);
    await clearNotifications();
    void run('unleak.client.scanWorkspace');
    await notified(/unleak/);
    assert.equal((await notifications()).length, 1);
    await clearNotifications();
    await set('path', given.server);
    await one();
  });

  test('many restarts at once leave one server', async () => {
    await one();
    await Promise.allSettled(Array.from({ length: 5 }, () => run('unleak.client.restart')));
    await one();
    await stays('there is one server', () => servers().length === 1, 2);
    assert.ok(vscode.version);
  });
};
