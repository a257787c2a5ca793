import { access, constants, stat } from 'node:fs/promises';
import * as path from 'node:path';

/** A sentence for people, and what they can do about it beside restarting and looking at the log. */
export class Problem extends Error {
  constructor(
    message: string,
    readonly remedy?: 'settings' | 'install' | 'trust',
  ) {
    super(message);
  }
}

/** A program that can be run as the server. */
export interface Found {
  readonly command: string;
  /** Where it was found, for the end of "the server …". */
  readonly origin: string;
  readonly place: 'setting' | 'extension' | 'private' | 'python' | 'path';
}

/** Where a server may be. */
export interface Places {
  readonly isTrusted: boolean;
  readonly setting: string;
  readonly extension: string;
  /** `unleak` of the environment that this extension has installed, if it has. */
  readonly installed: () => Promise<string | undefined>;
  /** The interpreter of the selected Python environment, if there is one. */
  readonly python: () => Promise<string | undefined>;
  readonly path: string;
  readonly home: string;
}

const PROGRAM = process.platform === 'win32' ? 'unleak.exe' : 'unleak';

/** The server to run: by setting, of the extension, of the selected Python environment, on PATH. Or a Problem. */
export async function findServer(places: Places): Promise<Found> {
  if (places.isTrusted && places.setting.trim()) {
    return { command: await named(places.setting.trim(), places.home), origin: 'of the setting unleak.path', place: 'setting' };
  }
  const bundled = bundledServer(places.extension);
  if (await isFile(bundled)) {
    return { command: bundled, origin: 'in the extension', place: 'extension' };
  }
  const installed = await places.installed();
  if (installed !== undefined) {
    return { command: installed, origin: 'that the extension has installed', place: 'private' };
  }
  if (!places.isTrusted) {
    throw new Problem(
      'unleak is off: in a workspace that is not trusted it runs only the server of the extension itself, and there is none yet.',
      'trust',
    );
  }
  const python = await places.python();
  if (python !== undefined) {
    for (const command of beside(python)) {
      if (await isProgram(command)) {
        return { command, origin: 'of the selected Python environment', place: 'python' };
      }
    }
  }
  for (const folder of places.path.split(path.delimiter)) {
    const command = path.join(folder, PROGRAM);
    if (path.isAbsolute(folder) && (await isProgram(command))) {
      return { command, origin: 'on PATH', place: 'path' };
    }
  }
  throw new Problem('unleak has no server yet. Install it, or name one in the setting unleak.path.', 'install');
}

/** Where the server lies in an extension that brings it along. */
export function bundledServer(extension: string): string {
  return path.join(extension, 'server', PROGRAM);
}

/** The programs that an environment may have for the interpreter `python`. */
export function beside(python: string): string[] {
  const folder = path.dirname(python);
  return process.platform === 'win32' ? [path.join(folder, PROGRAM), path.join(folder, 'Scripts', PROGRAM)] : [path.join(folder, PROGRAM)];
}

async function named(setting: string, home: string): Promise<string> {
  const command = /^~(?=$|[/\\])/.test(setting) ? path.join(home, setting.slice(1)) : setting;
  const wrong = (what: string): Problem => new Problem(`The setting unleak.path is wrong: ${what}. Correct it, or empty it.`, 'settings');
  if (!path.isAbsolute(command)) {
    throw wrong(`“${setting}” is not an absolute path`);
  }
  const found = await stat(command).catch(() => undefined);
  if (found === undefined) {
    throw wrong(`there is no “${setting}”`);
  }
  if (!found.isFile()) {
    throw wrong(`“${setting}” is a folder and not the program unleak in it`);
  }
  if (!(await isProgram(command))) {
    throw wrong(`“${setting}” must not be run; it is not marked as a program`);
  }
  return command;
}

async function isFile(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isFile() ?? false;
}

async function isProgram(file: string): Promise<boolean> {
  return (await isFile(file)) && access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
