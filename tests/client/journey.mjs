// Runs one journey: node journey.mjs NAME, with what it needs in $JOURNEY as JSON:
// work (an empty folder), extensions (folder with the client), isPackaged (whether it is the packaged one, with a server inside),
// universal (folder with the build without a server, or null), python and isOnline (for that build),
// server and cache (of the one that it is given otherwise), pictures (folder for them), judges (folders by what they say) and
// hub (address of a Hub with an adapter).
// The last line that it prints is what it measured, as JSON.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import { Editor, Window, pathWithoutPython, write } from './editor.mjs';

const given = JSON.parse(process.env.JOURNEY);
const { default: travel, isOffline = false, needsPackage = false, isUniversal = false, needsNetwork = false } = await import(`./journeys/${process.argv[2]}.mjs`);
if (needsPackage && !given.isPackaged) {
  console.log(JSON.stringify({ skipped: 'it is about the packaged client, and there is none in build/; `make vsix` makes it' }));
  process.exit(0);
}
if (isUniversal && !given.universal) {
  console.log(JSON.stringify({ skipped: 'it is about the build without a server, and there is none in build/; `make vsix` makes it' }));
  process.exit(0);
}
if (needsNetwork && !given.isOnline) {
  console.log(JSON.stringify({ skipped: 'it downloads from the package index; set UNLEAK_ONLINE=1 to have that tested' }));
  process.exit(0);
}
if (isOffline && !given.isCut) {
  // A network of its own, with nothing in it but loopback, for all that is started from here.
  const inside = ['-c', 'ip link set lo up && exec "$@"', 'sh', process.execPath, ...process.argv.slice(1)];
  for (const options of [['-n'], ['-rn']]) {
    if (spawnSync('unshare', [...options, 'true']).status !== 0) continue;
    const env = { ...process.env, JOURNEY: JSON.stringify({ ...given, isCut: true }) };
    process.exit(spawnSync('unshare', [...options, 'sh', ...inside], { stdio: 'inherit', env }).status ?? 1);
  }
}
const place = { ...given, figures: {}, folder: path.join(given.work, 'shop') };
fs.mkdirSync(place.folder, { recursive: true });
const opened = [];

/** Starts the editor on the folder; with the packaged client there is no Python on PATH and nothing is set. */
place.open = async ({ files = {}, machine = {}, env = {}, window = {}, programs = {}, ...options } = {}) => {
  write(place.folder, files);
  const editor = await Editor.start(given.work, {
    extensions: isUniversal ? given.universal : given.extensions,
    machine: given.isPackaged || isUniversal ? machine : { 'unleak.path': given.server, ...machine },
    env: { ...(given.isPackaged || isUniversal ? { PATH: pathWithoutPython(path.join(given.work, 'programs'), programs) } : { UNLEAK_CACHE_DIR: given.cache }), ...env },
    ...options,
  });
  opened.push(editor);
  const seen = await Window.open(editor, place.folder, window);
  opened.push(seen);
  await seen.ready();
  return { editor, window: seen };
};

let failure;
try {
  await travel(place);
} catch (error) {
  failure = error;
  for (const thing of opened) {
    if (thing instanceof Window) {
      const picture = path.join(given.work, 'failure.png');
      await thing.shot(picture).catch(() => undefined);
      console.error(`picture: ${picture}\nnotifications: ${JSON.stringify(await thing.notifications().catch(() => []))}`);
    } else {
      console.error(thing.logs());
    }
  }
  console.error(String(error?.stack ?? error));
} finally {
  for (const thing of opened.reverse()) await (thing instanceof Window ? thing.close().catch(() => undefined) : thing.stop());
}
console.log(JSON.stringify(place.figures));
process.exit(failure ? 1 : 0);
