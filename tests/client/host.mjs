// Runs one suite in the extension host: node host.mjs NAME (of host/, or a path without its ending), with $HOST as JSON:
// work (an empty folder), client (its folder), server (path of `unleak`), cache (its cache) and judges (folders by what they say).
// Tests ask over a loopback port for what only the window can do: reading notifications, pressing buttons and keys.

import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import process from 'node:process';

import { Editor, Window, sleep, write } from './editor.mjs';

const HERE = import.meta.dirname;
const given = JSON.parse(process.env.HOST);
const name = path.resolve(HERE, 'host', process.argv[2]);
const suite = (await import(`${name}.setup.mjs`).catch((error) => {
  if (error.code === 'ERR_MODULE_NOT_FOUND') return { default: {} };
  throw error;
})).default;
const folder = path.join(given.work, 'shop');
const results = path.join(given.work, 'results.json');
fs.mkdirSync(folder, { recursive: true });
const setup = typeof suite === 'function' ? suite({ ...given, folder }) : suite;
write(folder, setup.files ?? {});
const client = setup.client ?? given.client;
let window;

const CALLS = {
  notifications: () => window.notifications(),
  press: (label) => window.press(label),
  keys: async (keys) => { for (const key of [keys].flat()) await window.page.keyboard.press(key); },
  type: (text) => window.page.keyboard.type(text),
  texts: (selector) => window.page.locator(selector).allInnerTexts(),
  labels: (selector) => window.page.locator(selector).evaluateAll((found) => found.map((one) => one.getAttribute('aria-label') ?? one.textContent)),
  click: (selector) => window.page.locator(selector).first().click(),
  tick: async () => {
    const boxes = window.page.locator('.bulk-edit-panel .monaco-list-row[aria-level="1"] .monaco-checkbox, .bulk-edit-panel .monaco-list-row[aria-level="1"] input[type="checkbox"]');
    for (let at = 0; at < await boxes.count(); at += 1) if (!await boxes.nth(at).isChecked()) await boxes.nth(at).click();
  },
  shot: (file) => window.shot(path.join(given.work, file)),
  frames: (expression) => Promise.all(window.page.frames().map((frame) => frame.evaluate(expression).catch(() => null))),
  status: () => window.status(),
};
const control = http.createServer(async (request, response) => {
  let body = '';
  for await (const part of request) body += part;
  const { call, argument } = JSON.parse(body);
  try {
    response.end(JSON.stringify({ answer: (await CALLS[call](argument)) ?? null }));
  } catch (error) {
    response.end(JSON.stringify({ problem: String(error) }));
  }
});
await new Promise((resolve) => control.listen(0, '127.0.0.1', resolve));

const editor = await Editor.start(given.work, {
  settings: setup.settings,
  machine: setup.path === null ? setup.machine : { 'unleak.path': setup.path ?? given.server, ...setup.machine },
  trust: setup.trust ?? true,
  driver: true,
  env: {
    UNLEAK_CACHE_DIR: given.cache,
    UNLEAK_DATA_DIR: path.join(given.work, 'unleak-data'),
    UNLEAK_JUDGE: 'off',
    ...setup.env,
    UNLEAK_TEST: JSON.stringify({ ...given, client, name, folder, results, control: control.address().port, home: path.join(given.work, 'home') }),
  },
});
let code = 1;
try {
  const ended = {};
  const end = new Promise((resolve) => { ended.resolve = resolve; });
  window = await Window.open(editor, folder, {
    ...setup.window,
    payload: [
      ['extensionDevelopmentPath', `vscode-remote://127.0.0.1:${editor.port}${client}`],
      ['extensionTestsPath', `vscode-remote://127.0.0.1:${editor.port}${path.join(HERE, 'host', 'index.js')}`],
      ['skipWelcome', 'true'],
    ],
    functions: { codeAutomationExit: (status) => ended.resolve(status), codeAutomationLog: () => undefined },
  });
  const status = await Promise.race([end, sleep(1000 * (setup.seconds ?? 150)).then(() => 'timeout')]);
  if (!fs.existsSync(results)) throw new Error(`the extension host ended without results: ${status}`);
  const { tests, problems } = JSON.parse(fs.readFileSync(results, 'utf8'));
  for (const test of tests) console.log(`${test.problem ? 'FAILED' : 'passed'} ${(test.milliseconds / 1000).toFixed(1)} s  ${test.name}${test.problem ? `\n${test.problem}` : ''}`);
  for (const problem of problems) console.log(`problem: ${problem}`);
  code = status === 0 && tests.length > 0 && tests.every((test) => !test.problem) ? 0 : 1;
  if (status !== 0) console.log(`the extension host ended with ${status}`);
} catch (error) {
  console.error(error);
} finally {
  if (code !== 0) {
    console.error(`notifications: ${JSON.stringify(await window?.notifications().catch(() => []))}`);
    await window?.shot(path.join(given.work, 'failure.png')).catch(() => undefined);
    console.error(`picture: ${path.join(given.work, 'failure.png')}\n${editor.logs()}`);
  }
  await window?.close().catch(() => undefined);
  editor.stop();
  control.close();
}
process.exit(code);
