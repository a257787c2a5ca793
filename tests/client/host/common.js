// What the suites share: waiting, files of the folder, settings, and what only the window can do.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const vscode = require('vscode');

const given = JSON.parse(process.env.UNLEAK_TEST);
const manifest = JSON.parse(fs.readFileSync(path.join(given.client, 'package.json'), 'utf8'));
const extension = () => vscode.extensions.getExtension(`${manifest.publisher}.${manifest.name}`);

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** All of our findings by file, rule and severity, for a failure. */
const all = () => vscode.languages.getDiagnostics().flatMap(([uri, each]) => each.filter((one) => one.source === 'unleak').map((one) => `${uri.path.split('/').at(-1)} ${idOf(one)} ${vscode.DiagnosticSeverity[one.severity]}`)).join(', ') || 'none';

/** Waits until `look` gives something true, and gives that. */
async function until(what, look, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`did not happen within ${seconds} s: ${what}\nfindings: ${all()}`);
    await sleep(40);
  }
}

/** Waits a while and asserts that something stays as it is. */
async function stays(what, look, seconds = 1.5) {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    assert.ok(await look(), `did not stay so: ${what}`);
    await sleep(100);
  }
}

const fileOf = (name) => path.join(given.folder, name);
const uriOf = (name) => vscode.Uri.file(fileOf(name));
const read = (name) => fs.readFileSync(fileOf(name), 'utf8');
const exists = (name) => fs.existsSync(fileOf(name));

function write(name, text) {
  fs.mkdirSync(path.dirname(fileOf(name)), { recursive: true });
  fs.writeFileSync(fileOf(name), text);
}

async function open(name, text) {
  if (text !== undefined) write(name, text);
  const document = await vscode.workspace.openTextDocument(uriOf(name));
  await vscode.window.showTextDocument(document, { preview: false });
  return document;
}

async function closeAll() {
  await vscode.commands.executeCommand('workbench.action.files.revert').then(undefined, () => undefined);
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** Our diagnostics of a file. */
const findings = (name) => vscode.languages.getDiagnostics(typeof name === 'string' ? uriOf(name) : name).filter((one) => one.source === 'unleak');
const idOf = (diagnostic) => (typeof diagnostic.code === 'object' ? diagnostic.code.value : diagnostic.code);
const rules = (name) => findings(name).map(idOf).sort();

/** Waits until a file has so many findings. */
const found = (name, count, seconds) => until(`${count} findings in ${name}`, () => {
  const seen = findings(name);
  return seen.length === count && (seen.length ? seen : [null]);
}, seconds).then((seen) => (count ? seen : []));

/** Sets a setting; undefined takes it away. `where` is user, workspace, or folder. */
async function set(name, value, where = 'user', language = undefined) {
  const target = { user: vscode.ConfigurationTarget.Global, workspace: vscode.ConfigurationTarget.Workspace, folder: vscode.ConfigurationTarget.WorkspaceFolder }[where];
  const scope = language ? { languageId: language, uri: uriOf('.') } : uriOf('.');
  await vscode.workspace.getConfiguration('unleak', scope).update(name, value, target, Boolean(language));
  await sleep(400); // the server asks for settings in its own time, and nothing tells when it has them
}

/** Runs `body` with a setting, and takes it away again. */
async function having(name, value, body, where, language) {
  await set(name, value, where, language);
  try { return await body(); } finally { await set(name, undefined, where, language); }
}

/** Asks the window: see CALLS in host.mjs. */
async function ui(call, argument) {
  const answer = await fetch(`http://127.0.0.1:${given.control}/`, { method: 'POST', body: JSON.stringify({ call, argument }) });
  const { answer: value, problem } = await answer.json();
  if (problem) throw new Error(`${call}: ${problem}`);
  return value;
}

/** Saves all files: what an edit has changed without opening it is opened by the editor a moment later. */
const saveAll = () => until('all is saved', async () => {
  await sleep(300);
  await vscode.workspace.saveAll(false);
  return vscode.workspace.textDocuments.every((document) => !document.isDirty);
});

const run = (command, ...rest) => vscode.commands.executeCommand(command, ...rest);
const clearNotifications = () => run('notifications.clearAll');

/** All notifications of now: while tests run in it the window shows none by itself, only in their list. */
async function notifications() {
  await run('notifications.showList');
  return ui('notifications');
}

/** Waits for a notification with these words; gives its text. */
async function notified(words, seconds = 20) {
  let seen = [];
  try {
    return await until(`a notification ${words}`, async () => {
      seen = await notifications();
      return seen.find((text) => (words instanceof RegExp ? words.test(text) : text.includes(words)));
    }, seconds);
  } catch (error) {
    throw new Error(`${error.message}\nnotifications: ${JSON.stringify(seen)}`);
  }
}

/** What an open picker offers. */
const picks = () => until('a picker is open', async () => {
  const rows = await ui('labels', '.quick-input-widget:not([style*="display: none"]) .quick-input-list .monaco-list-row');
  return rows.length && rows;
});
async function pick(words) {
  await picks();
  await ui('click', `.quick-input-list .monaco-list-row[aria-label*=${JSON.stringify(words)}]`);
}

/** Processes that run the language server of this editor. */
function servers() {
  return fs.readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).map(Number).filter((pid) => {
    try {
      const words = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
      return words.at(-1) === 'serve' && words.some((word) => /unleak(\.sh)?$/.test(word))
        && fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`HOME=${given.home}`);
    } catch {
      return false;
    }
  });
}

const letters = 'abcdefghijkmnpqrstuvwxyz23456789';
const randomValue = (length = 20) => Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => letters[byte % letters.length]).join('');
const acmeKey = () => `acme_${randomValue()}`;

module.exports = {
  acmeKey, assert, clearNotifications, closeAll, exists, extension, fileOf, findings, found, given, having, idOf, manifest, notifications, notified, open,
  pick, picks, randomValue, read, rules, run, saveAll, servers, set, sleep, stays, ui, until, uriOf, vscode, write,
};
