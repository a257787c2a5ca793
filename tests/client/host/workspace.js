// All secrets of a workspace move at once, once a person has agreed in the preview.
'use strict';

const fs = require('node:fs');
const { acmeKey, assert, clearNotifications, closeAll, exists, fileOf, read, run, saveAll, sleep, until, write } = require('./common.js');
const { confirmed, preview } = require('./preview.js');

const masked = (text, ...keys) => keys.reduce((masking, key, at) => masking.replaceAll(key, `«${at + 1}»`), text);

module.exports = (test) => {
  test('client.fixWorkspace: what is refused in the preview leaves all as it was', async () => {
    const key = acmeKey();
    write('shop/three.py', `THREE_KEY = "${key}"\n`);
    const done = run('unleak.client.fixWorkspace');
    await preview();
    await run('refactorPreview.discard');
    await done;
    assert.equal(masked(read('shop/three.py'), key), 'THREE_KEY = "«1»"\n');
    assert.equal(exists('.env'), false);
    fs.rmSync(fileOf('shop/three.py'));
    await clearNotifications();
    await closeAll();
  });

  test('client.fixWorkspace: files that are not open move, too, after a look at the preview', async () => {
    const keys = [acmeKey(), acmeKey()];
    write('shop/one.py', `ONE_KEY = "${keys[0]}"\n`);
    write('shop/two.js', `const twoKey = "${keys[1]}";\n`);
    await sleep(3000); // the editor hears of that late, and takes it for a change beneath the preview
    const done = run('unleak.client.fixWorkspace');
    await confirmed();
    await done;
    await until('the files have changed', async () => { await saveAll(); return exists('.env') && !read('shop/two.js').includes(keys[1]); });
    assert.equal(masked(read('shop/one.py'), ...keys), 'import os\n\nONE_KEY = os.environ["ONE_KEY"]\n');
    assert.match(masked(read('shop/two.js'), ...keys), /process\.env\.TWO_KEY/);
    assert.equal(masked(read('.env'), ...keys), 'ONE_KEY=«1»\nTWO_KEY=«2»\n');
    await clearNotifications();
    await closeAll();
  });
};
