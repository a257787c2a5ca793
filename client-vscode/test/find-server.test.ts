import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { findServer, type Places, Problem } from '../src/find-server';

const PROGRAM = process.platform === 'win32' ? 'unleak.exe' : 'unleak';
const nothing = (): Promise<undefined> => Promise.resolve(undefined);

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'unleak-find-'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

async function program(...names: string[]): Promise<string> {
  const file = path.join(root, ...names);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, '#!/bin/sh\n');
  await chmod(file, 0o755);
  return file;
}

function places(given: Partial<Places>): Places {
  const none = { isTrusted: true, setting: '', installed: nothing, python: nothing, path: '', home: root };
  return { ...none, extension: path.join(root, 'extension'), ...given };
}

/** All five places, from the first to the last. */
async function everywhere(): Promise<{ given: Places; order: string[] }> {
  const setting = await program('own', PROGRAM);
  const bundled = await program('extension', 'server', PROGRAM);
  const installed = await program('storage', 'env', PROGRAM);
  const python = await program('venv', 'bin', PROGRAM);
  const onPath = await program('usr', 'bin', PROGRAM);
  const given = places({
    setting,
    installed: () => Promise.resolve(installed),
    python: () => Promise.resolve(path.join(root, 'venv', 'bin', 'python')),
    path: ['relative', path.join(root, 'nothing'), path.join(root, 'usr', 'bin')].join(path.delimiter),
  });
  return { given, order: [setting, bundled, installed, python, onPath] };
}

async function messageOf(given: Places): Promise<{ message: string; remedy: string | undefined }> {
  try {
    await findServer(given);
  } catch (error) {
    assert.ok(error instanceof Problem);
    return { message: error.message, remedy: error.remedy };
  }
  throw new assert.AssertionError({ message: 'a server was found' });
}

describe('the server is found', () => {
  it('in the order: setting, extension, installed, Python environment, PATH', async () => {
    const { given, order } = await everywhere();
    const found: string[] = [];
    const without: Partial<Places>[] = [{}, { setting: '' }, { extension: root }, { installed: nothing }, { python: nothing }];
    let left = given;
    for (const change of without) {
      left = { ...left, ...change };
      found.push((await findServer(left)).command);
    }
    assert.deepEqual(found, order);
  });

  it('in a workspace that is not trusted only where the extension brought it', async () => {
    const { given, order } = await everywhere();
    const untrusted = { ...given, isTrusted: false };
    assert.equal((await findServer(untrusted)).command, order[1]);
    assert.equal((await findServer({ ...untrusted, extension: root })).command, order[2]);
    const { message, remedy } = await messageOf({ ...untrusted, extension: root, installed: nothing });
    assert.match(message, /not trusted/);
    assert.equal(remedy, 'trust');
  });

  it('without asking for Python environments in a workspace that is not trusted', async () => {
    const python = (): Promise<string> => Promise.reject(new Error('asked'));
    assert.equal((await messageOf(places({ isTrusted: false, python }))).remedy, 'trust');
  });

  it('in the home folder of the setting', async () => {
    const command = await program('own', PROGRAM);
    assert.equal((await findServer(places({ setting: `~/own/${PROGRAM}` }))).command, command);
  });

  it('not in a relative folder of PATH', async () => {
    await program('bin', PROGRAM);
    const before = process.cwd();
    process.chdir(root);
    try {
      assert.equal((await messageOf(places({ path: 'bin' }))).remedy, 'install');
    } finally {
      process.chdir(before);
    }
  });
});

describe('a wrong setting unleak.path is named, and nothing else is run', () => {
  const wrong: [string, string | (() => Promise<string>), RegExp][] = [
    ['a relative path', 'bin/unleak', /not an absolute path/],
    ['a name', 'unleak', /not an absolute path/],
    ['a file that is not there', () => Promise.resolve(path.join(root, 'gone')), /there is no/],
    ['a folder', () => Promise.resolve(root), /is a folder/],
  ];
  for (const [name, setting, said] of wrong) {
    it(name, async () => {
      const { given } = await everywhere();
      const { message, remedy } = await messageOf({ ...given, setting: typeof setting === 'string' ? setting : await setting() });
      assert.match(message, said);
      assert.match(message, /unleak\.path/);
      assert.equal(remedy, 'settings');
    });
  }

  it('a file that is no program', { skip: process.platform === 'win32' }, async () => {
    const setting = path.join(root, 'notes');
    await writeFile(setting, '');
    assert.match((await messageOf(places({ setting }))).message, /not marked as a program/);
  });
});
