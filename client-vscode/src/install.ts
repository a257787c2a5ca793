import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { createInterface } from 'node:readline';

import { beside } from './find-server';

/** An environment that this extension has made, complete and tried. */
export interface Installed {
  readonly command: string;
  readonly version: string;
  /** Whether llama.cpp is in it, without which there is no judge. */
  readonly hasJudge: boolean;
}

export interface Installation {
  /** The folder of the extension; `wheel/` in it holds what is installed. */
  readonly extension: string;
  /** The folder that the editor gives this extension for its own files. */
  readonly storage: string;
  readonly version: string;
  /** The interpreter that the person has selected, tried before those on PATH. */
  readonly python: string | undefined;
  /** The editor's proxy, or empty. */
  readonly proxy: string;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  /** `share`, from 0 to 1, is of the step that `message` names. */
  readonly advance: (message: string, share: number) => void;
}

/** A sentence for people: why it was not installed, and what to do. */
export class InstallError extends Error {}

const LEAST_FREE = 700_000_000; // bytes: the environment, and what pip unpacks on the way to it
const LEAST_PYTHON = [3, 10] as const;
const MARK = 'current.json';
const LOCK = 'installing';
const isWindows = process.platform === 'win32';

/** Whether this extension brings along what an installation needs. */
export function canInstall(extension: string): boolean {
  return wheelIn(extension) !== undefined;
}

/** The environment installed last, if it is complete. */
export async function installedServer(storage: string): Promise<Installed | undefined> {
  try {
    const mark = JSON.parse(await readFile(path.join(storage, MARK), 'utf8')) as { folder: string; version: string; judge: boolean };
    const command = programIn(path.join(storage, path.basename(mark.folder)));
    return existsSync(command) ? { command, version: mark.version, hasJudge: mark.judge } : undefined;
  } catch {
    return undefined;
  }
}

/** Installs the server without the judge's runtime: beside an older one, which counts until this one is complete. */
export async function installServer(installation: Installation): Promise<Installed> {
  const { extension, storage, version, log, advance } = installation;
  const wheel = wheelIn(extension);
  if (wheel === undefined) throw new InstallError('This build of the extension has nothing to install.');
  return await locked(storage, async () => {
    advance('Looking for Python', 0);
    const python = await findPython(installation);
    log(`Python: ${python}`);
    const folder = await mkdtemp(path.join(storage, 'env-'));
    try {
      advance('Making an environment', 0);
      await call(installation, python, ['-I', '-m', 'venv', folder]);
      const requirements = path.join(extension, 'wheel', 'requirements.txt');
      await pip(installation, folder, requirements, ['--only-binary=:all:']);
      advance('Installing unleak', 0);
      await call(installation, pythonIn(folder), ['-I', '-m', 'pip', ...QUIETLY, '--no-deps', '--no-index', wheel]);
      await call(installation, programIn(folder), ['--version']);
      await mark(storage, { folder: path.basename(folder), version, judge: false });
    } catch (error) {
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
      throw error;
    }
    await removeOlder(storage, path.basename(folder));
    return { command: programIn(folder), version, hasJudge: false };
  });
}

/** Compiles the judge's runtime into the environment; where that fails the rules go on alone. */
export async function installJudge(installation: Installation, { command }: Installed): Promise<void> {
  const { extension, storage, version } = installation;
  const requirements = path.join(extension, 'wheel', 'requirements-judge.txt');
  const folder = path.dirname(path.dirname(command));
  await locked(storage, async () => {
    await pip(installation, folder, requirements, [], 'Compiling the judge’s runtime, some minutes');
    await call(installation, pythonIn(folder), ['-I', '-c', 'import llama_cpp']);
    await mark(storage, { folder: path.basename(folder), version, judge: true });
  });
}

const QUIETLY = ['install', '--disable-pip-version-check', '--no-input', '--no-color', '--progress-bar=off'];

async function pip(
  installation: Installation,
  folder: string,
  requirements: string,
  options: readonly string[],
  message = 'Downloading',
): Promise<void> {
  const total = (await readFile(requirements, 'utf8')).split('\n').filter((line) => /^[A-Za-z0-9]/.test(line)).length;
  let done = 0;
  installation.advance(message, 0);
  const args = ['-I', '-m', 'pip', ...QUIETLY, '--require-hashes', ...options, '-r', requirements];
  await call(installation, pythonIn(folder), args, (line) => {
    const name = /^Collecting ([\w.-]+)/.exec(line)?.[1];
    if (name !== undefined) installation.advance(`${message}: ${name}`, Math.min(1, ++done / Math.max(1, total)));
  });
}

/** An interpreter that is new enough and can make environments. */
async function findPython(installation: Installation): Promise<string> {
  const minors = [14, 13, 12, 11, 10].map((minor) => `python3.${minor}`);
  const named = isWindows ? ['python', 'python3', 'py'] : ['python3', ...minors, 'python'];
  const code = 'import sys; print(*sys.version_info[:2]); import ensurepip, venv; print(sys.executable)';
  let lacksVenv = '';
  let tooOld = '';
  for (const candidate of [...(installation.python ? [installation.python] : []), ...named]) {
    const { output } = await tried(installation, candidate, ['-I', '-c', code]);
    const [, major, minor] = /^(\d+) (\d+)\r?$/m.exec(output) ?? [];
    if (major === undefined || minor === undefined) continue;
    const version = `${major}.${minor}`;
    if (Number(major) !== LEAST_PYTHON[0] || Number(minor) < LEAST_PYTHON[1]) {
      tooOld ||= version;
      continue;
    }
    const executable = output.trim().split(/\r?\n/)[1];
    if (executable && path.isAbsolute(executable)) return executable;
    lacksVenv ||= version;
  }
  if (lacksVenv) {
    throw new InstallError(
      `Python ${lacksVenv} is here, but cannot make environments. Install its module venv (on Debian and Ubuntu: apt install python3-venv), then try again.`,
    );
  }
  const found = tooOld ? `Only Python ${tooOld} was found` : 'No Python was found';
  throw new InstallError(`${found}, and the server needs Python 3.10 or newer. Install it, then try again.`);
}

async function tried(installation: Installation, command: string, args: string[]): Promise<{ output: string }> {
  try {
    return { output: await run(installation, command, args) };
  } catch (error) {
    if (installation.signal.aborted) throw error;
    return { output: error instanceof Failed ? error.output : '' };
  }
}

async function call(
  installation: Installation,
  command: string,
  args: string[],
  read: (line: string) => void = () => undefined,
): Promise<void> {
  installation.log(`> ${[command, ...args].join(' ')}`);
  try {
    await run(installation, command, args, (line) => {
      installation.log(line);
      read(line);
    });
  } catch (error) {
    throw error instanceof Failed ? new InstallError(reasonIn(error.output)) : error;
  }
}

class Failed extends Error {
  constructor(readonly output: string) {
    super('a program has failed');
  }
}

/** Runs a program to its end and returns what it printed. Throws Failed, or InstallError when it was cancelled. */
function run(
  { signal, proxy }: Installation,
  command: string,
  args: string[],
  read: (line: string) => void = () => undefined,
): Promise<string> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new InstallError('The installation was cancelled.'));
      return;
    }
    // A group of its own, so that what it starts (a compiler) ends with it.
    const child = spawn(command, args, { cwd: os.tmpdir(), env: environment(proxy), detached: !isWindows, windowsHide: true });
    const lines: string[] = [];
    const heard = (line: string): void => {
      lines.push(line);
      read(line);
    };
    const abort = (): void => {
      killGroup(child);
    };
    signal.addEventListener('abort', abort);
    createInterface({ input: child.stdout }).on('line', heard);
    createInterface({ input: child.stderr }).on('line', heard);
    child.stdin.end();
    child.once('error', (error) => {
      signal.removeEventListener('abort', abort);
      reject(new Failed(error.message));
    });
    child.once('close', (code) => {
      signal.removeEventListener('abort', abort);
      if (signal.aborted) reject(new InstallError('The installation was cancelled.'));
      else if (code === 0) resolve(lines.join('\n'));
      else reject(new Failed(lines.join('\n')));
    });
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  if (isWindows) {
    spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { windowsHide: true });
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

/** The environment for Python and pip: the person's, without what leads them elsewhere. */
function environment(proxy: string): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of ['PYTHONHOME', 'PYTHONPATH', 'VIRTUAL_ENV', 'PIP_TARGET', 'PIP_PREFIX', 'PIP_USER', 'PIP_REQUIRE_VIRTUALENV']) {
    Reflect.deleteProperty(env, name);
  }
  if (proxy && !env['HTTPS_PROXY'] && !env['https_proxy']) env['HTTPS_PROXY'] = proxy;
  return env;
}

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/No space left on device|ENOSPC|not enough space on the disk/i, 'The disk is full. Make room, then try again.'],
  [
    /ProxyError|Cannot connect to proxy|407 Proxy Authentication/i,
    'The proxy did not let the download through. Check the setting http.proxy or the variable HTTPS_PROXY, then try again.',
  ],
  [
    /CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError/i,
    'The certificate of the package index was not accepted. Where a proxy reads along, name its certificate to pip (pip config set global.cert FILE), then try again.',
  ],
  [
    /NewConnectionError|NameResolutionError|getaddrinfo failed|Temporary failure in name resolution|Network is unreachable|ConnectTimeoutError|ReadTimeoutError/i,
    'The package index could not be reached. Check the network and, where there is one, the proxy (setting http.proxy), then try again.',
  ],
  [/DO NOT MATCH THE HASHES/, 'A download is not what was expected, and was not installed. Try again; if it stays so, tell us.'],
  [
    /No matching distribution found|Could not find a version that satisfies/i,
    'There is no build for this system or this version of Python. Try a Python from 3.10 to 3.13, or the extension’s build for your platform.',
  ],
  [/Permission denied|EACCES|Access is denied/i, 'Something must not be written. The log says what.'],
  [/CMAKE_C(XX)?_COMPILER|No CMAKE_|error: Microsoft Visual C\+\+/i, 'There is no C++ compiler.'],
];

/** What the output of a failed program means, for people. */
export function reasonIn(output: string): string {
  return REASONS.find(([sign]) => sign.test(output))?.[1] ?? 'A step has failed. The log says which and why.';
}

function wheelIn(extension: string): string | undefined {
  const folder = path.join(extension, 'wheel');
  try {
    const name = readdirSync(folder).find((file) => /^unleak-.*\.whl$/.test(file));
    return name === undefined ? undefined : path.join(folder, name);
  } catch {
    return undefined;
  }
}

function pythonIn(folder: string): string {
  return isWindows ? path.join(folder, 'Scripts', 'python.exe') : path.join(folder, 'bin', 'python');
}

function programIn(folder: string): string {
  return beside(pythonIn(folder))[0] ?? '';
}

/** Says in one step which environment counts. */
async function mark(storage: string, current: { folder: string; version: string; judge: boolean }): Promise<void> {
  const made = path.join(storage, `${MARK}.${process.pid}`);
  await writeFile(made, JSON.stringify(current));
  await rename(made, path.join(storage, MARK));
}

/** Removes other environments, but for the newest of them: the server of another window may still run in it. */
async function removeOlder(storage: string, current: string): Promise<void> {
  const folders = (await readdir(storage)).filter((name) => name.startsWith('env-') && name !== current);
  const made = await Promise.all(
    folders.map(async (name) => {
      const folder = path.join(storage, name);
      return { folder, time: (await stat(folder)).mtimeMs };
    }),
  );
  for (const { folder } of made.sort((a, b) => b.time - a.time).slice(1)) {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Does `work` in the storage, which is made if need be, while no other window does. */
async function locked<T>(storage: string, work: () => Promise<T>): Promise<T> {
  const lock = path.join(storage, LOCK);
  try {
    await mkdir(storage, { recursive: true });
    const { bavail, bsize } = await statfs(storage);
    if (bavail * bsize < LEAST_FREE) {
      throw new InstallError(`The disk is full: ${LEAST_FREE / 1e6} MB are needed in ${tilde(storage)}. Make room, then try again.`);
    }
    await writeLock(lock);
  } catch (error) {
    throw storageProblem(error, storage);
  }
  try {
    return await work();
  } catch (error) {
    throw storageProblem(error, storage);
  } finally {
    await rm(lock, { force: true }).catch(() => undefined);
  }
}

async function writeLock(lock: string): Promise<void> {
  for (const isLast of [false, true]) {
    try {
      const file = await open(lock, 'wx');
      await file.writeFile(String(process.pid));
      await file.close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
      if (isLast || isAlive(owner)) throw new InstallError('Another window is installing the server. Wait for it, then restart unleak.');
      await rm(lock, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  if (!pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function storageProblem(error: unknown, storage: string): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
    case 'EEXIST':
      return new InstallError(`unleak must not write to ${tilde(storage)}, where the server would go. Allow that, or name a server in the setting unleak.path.`);
    case 'ENOSPC':
    case 'EDQUOT':
      return new InstallError('The disk is full. Make room, then try again.');
    default:
      return error;
  }
}

function tilde(folder: string): string {
  const home = os.homedir();
  return folder.startsWith(home + path.sep) ? `~${folder.slice(home.length)}` : folder;
}
