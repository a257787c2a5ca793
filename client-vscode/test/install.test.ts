import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { canInstall, InstallError, type Installation, installedServer, installServer, reasonIn } from '../src/install';

let root: string;
let lines: string[];

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'unleak-install-'));
  lines = [];
});

afterEach(async () => {
  await chmod(path.join(root, 'storage'), 0o755).catch(() => undefined);
  await rm(root, { recursive: true });
});

/** An extension whose wheel is no wheel. */
async function broken(): Promise<Installation> {
  const wheel = path.join(root, 'extension', 'wheel');
  await mkdir(wheel, { recursive: true });
  await writeFile(path.join(wheel, 'requirements.txt'), '# nothing\n');
  await writeFile(path.join(wheel, 'unleak-9.9.9-py3-none-any.whl'), 'not a wheel');
  return installation(new AbortController().signal);
}

function installation(signal: AbortSignal): Installation {
  return {
    extension: path.join(root, 'extension'),
    storage: path.join(root, 'storage'),
    version: '9.9.9',
    python: undefined,
    proxy: '',
    signal,
    log: (line) => lines.push(line),
    advance: () => undefined,
  };
}

describe('an installation', () => {
  it('is offered only where the extension brings a wheel', async () => {
    assert.equal(canInstall(path.join(root, 'extension')), false);
    await broken();
    assert.equal(canInstall(path.join(root, 'extension')), true);
  });

  it('that fails leaves nothing behind but the log', { timeout: 120_000 }, async () => {
    const given = await broken();
    await assert.rejects(installServer(given), InstallError);
    assert.deepEqual(await readdir(given.storage), []);
    assert.ok(lines.some((line) => line.includes('-m venv')));
    assert.equal(await installedServer(given.storage), undefined);
  });

  it('that fails leaves an older one as it was', { timeout: 120_000 }, async () => {
    const given = await broken();
    const older = path.join(given.storage, 'env-older', process.platform === 'win32' ? 'Scripts' : 'bin');
    await mkdir(older, { recursive: true });
    const command = path.join(older, process.platform === 'win32' ? 'unleak.exe' : 'unleak');
    await writeFile(command, '');
    await writeFile(path.join(given.storage, 'current.json'), JSON.stringify({ folder: 'env-older', version: '1.0.0', judge: true }));
    await assert.rejects(installServer(given), InstallError);
    assert.deepEqual(await installedServer(given.storage), { command, version: '1.0.0', hasJudge: true });
  });

  it('ends when it is cancelled, and removes what it made', { timeout: 120_000 }, async () => {
    const given = await broken();
    const stop = new AbortController();
    const advance = (message: string): void => {
      if (message === 'Making an environment') setTimeout(() => { stop.abort(); }, 200);
    };
    await assert.rejects(installServer({ ...given, signal: stop.signal, advance }), /cancelled/);
    assert.deepEqual(await readdir(given.storage), []);
  });

  it('waits for another window', async () => {
    const given = await broken();
    await mkdir(given.storage);
    await writeFile(path.join(given.storage, 'installing'), String(process.pid));
    await assert.rejects(installServer(given), /Another window/);
  });

  it('says where it must not write', { skip: process.platform === 'win32' }, async () => {
    const given = await broken();
    await writeFile(path.join(root, 'storage'), 'a file where the folder should be');
    await assert.rejects(installServer(given), /must not write to .*unleak\.path/);
  });

  it('is not taken from a mark that leads outside of the storage', async () => {
    const storage = path.join(root, 'storage');
    const bin = path.join(root, 'elsewhere', 'bin');
    await mkdir(bin, { recursive: true });
    await mkdir(storage);
    await writeFile(path.join(bin, 'unleak'), '');
    await writeFile(path.join(storage, 'current.json'), JSON.stringify({ folder: '../elsewhere', version: '1', judge: false }));
    assert.equal(await installedServer(storage), undefined);
  });
});

describe('what pip says is told in a sentence', () => {
  const said: [string, RegExp][] = [
    ['ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device', /disk is full/],
    ["WARNING: Retrying … ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407'))", /http\.proxy/],
    ['SSLCertVerificationError(1, …)\nERROR: No matching distribution found for regex', /certificate/],
    ['NameResolutionError …\nERROR: No matching distribution found for regex', /could not be reached/],
    ['ERROR: No matching distribution found for hyperscan', /no build for this system/],
    ['ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.', /not what was expected/],
    ['CMake Error: CMAKE_CXX_COMPILER not set', /no C\+\+ compiler/],
    ['Traceback …', /The log says/],
  ];
  for (const [output, sentence] of said) {
    it(sentence.source, () => {
      assert.match(reasonIn(output), sentence);
    });
  }
});
