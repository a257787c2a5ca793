import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import * as os from 'node:os';
import * as path from 'node:path';
import { createInterface } from 'node:readline';

import * as vscode from 'vscode';

import type { Advance, Client } from './client';
import { findServer, type Found, Problem } from './find-server';
import { canInstall, installedServer } from './install';
import { onDidChangeSelectedPython, selectedPython } from './python-environment';
import { RestartPauses } from './restart-pauses';
import { concernsServer, needsRestart } from './settings';

/** What the server is doing. `origin` says where it was found, in words. */
export interface ServerState {
  readonly kind: 'stopped' | 'starting' | 'running' | 'failed';
  /** A sentence for people when `kind` is `failed`, else empty. */
  readonly reason: string;
  readonly version: string;
  readonly origin: string;
}

/** What the judge is doing, as the server says it. */
export interface JudgeStatus {
  readonly state: 'off' | 'loading' | 'ready' | 'judging' | 'broken';
  readonly reason: string;
  readonly model: string;
  readonly pending: number;
}

const PROTOCOL = 1;
const START_MS = 60_000;
const END_MS = 2000;
const STOPPED: ServerState = { kind: 'stopped', reason: '', version: '', origin: '' };

type Remedy = readonly [label: string, command: string, ...args: string[]];

/** What helps where the server refuses something, by the name that it says. */
const REMEDIES: ReadonlyMap<string, Remedy> = new Map([
  ['enable', ['Open Settings', 'workbench.action.openSettings', 'unleak.finder.enabled']],
  ['model', ['Choose the Judge', 'unleak.client.chooseJudge']],
  ['trust', ['Manage Trust', 'workbench.trust.manage']],
]);

/** One run of the program. */
interface Run {
  readonly found: Found;
  readonly client: Client;
  readonly since: number;
  child?: ChildProcess;
  /** Whether its end is what somebody wanted. */
  isOver: boolean;
}

/** The one server of this window. */
export class Server implements vscode.Disposable {
  readonly log = vscode.window.createOutputChannel('unleak', { log: true });

  readonly #stateChanged = new vscode.EventEmitter<ServerState>();
  readonly #judgeChanged = new vscode.EventEmitter<JudgeStatus | undefined>();
  readonly onDidChangeState = this.#stateChanged.event;
  readonly onDidChangeJudge = this.#judgeChanged.event;

  readonly #context: vscode.ExtensionContext;
  readonly #subscriptions: { dispose(): unknown }[];
  readonly #pauses = new RestartPauses();
  #state = STOPPED;
  #judge: JudgeStatus | undefined;
  #run: Run | undefined;
  #last: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;
  /** Whether settings have changed since the server that starts may have asked for them. */
  #isBehind = false;
  #pause: NodeJS.Timeout | undefined;
  #python: vscode.Disposable | undefined;

  constructor(context: vscode.ExtensionContext) {
    this.#context = context;
    this.#subscriptions = [
      this.log,
      this.#stateChanged,
      this.#judgeChanged,
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.restart()),
      vscode.workspace.onDidChangeConfiguration((change) => {
        this.#configured(change);
      }),
    ];
  }

  get state(): ServerState {
    return this.#state;
  }

  get judge(): JudgeStatus | undefined {
    return this.#judge;
  }

  /** Starts the server unless it runs. Problems are shown, not thrown. */
  start(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#run === undefined) await this.#begin();
    });
  }

  /** Ends the server and starts it anew; several wishes in a row are one restart. */
  restart(): Promise<void> {
    this.#pauses.reset();
    this.#interrupt();
    this.#waiting ??= this.#inTurn(async () => {
      this.#waiting = undefined;
      await this.#end();
      await this.#begin();
    });
    return this.#waiting;
  }

  /** Ends the server; it stays stopped until somebody starts it. */
  stop(): Promise<void> {
    this.#interrupt();
    return this.#inTurn(async () => {
      await this.#end();
      this.#become(STOPPED);
    });
  }

  /** Runs a command of the server, with its progress if wanted. Where it fails the person is told and undefined comes back. */
  async run<T>(
    command: string,
    argument?: unknown,
    token?: vscode.CancellationToken,
    progress?: Advance,
  ): Promise<T | undefined> {
    await this.#started();
    const run = this.#run;
    if (run === undefined || this.#state.kind !== 'running') {
      this.#show(this.#state.reason || 'The server of unleak does not run.');
      return undefined;
    }
    try {
      return (await run.client.execute(command, argument === undefined ? [] : [argument], token, progress)) as T;
    } catch (error) {
      const { remedyFor, toldBy } = await import('./client');
      const message = toldBy(error);
      if (message !== undefined) {
        this.log.warn(`${command}: ${message}`);
        refused(message, REMEDIES.get(remedyFor(error)));
      }
      return undefined;
    }
  }

  dispose(): void {
    clearTimeout(this.#pause);
    this.#python?.dispose();
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  /** Ends a start that is under way, or about to come after a crash, for something else is wanted now. */
  #interrupt(): void {
    clearTimeout(this.#pause);
    if (this.#state.kind !== 'starting' || this.#run === undefined) return;
    this.#run.isOver = true;
    kill(this.#run.child);
  }

  /** Waits while the server starts. */
  async #started(): Promise<void> {
    if (this.#state.kind !== 'starting') return;
    await new Promise<void>((resolve) => {
      const listening = this.onDidChangeState(({ kind }) => {
        if (kind === 'starting') return;
        listening.dispose();
        resolve();
      });
    });
  }

  /** The one path on which the server starts and ends. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(work).catch((error: unknown) => {
      this.log.error(error instanceof Error ? error : String(error));
    });
    return this.#last;
  }

  /** Starts the server. One that ends while it starts is tried again only after a crash: at first something is wrong with it. */
  async #begin(afterCrash = false): Promise<void> {
    clearTimeout(this.#pause);
    this.#become({ ...STOPPED, kind: 'starting' });
    this.#isBehind = false;
    try {
      const found = await this.#find();
      this.log.info(`Starting the server ${found.origin}: ${found.command}`);
      await this.#connect(found);
    } catch (error) {
      const run = this.#run;
      const isWanted = run?.isOver === true;
      await this.#end();
      if (isWanted) this.#become(STOPPED);
      else if (afterCrash && run !== undefined && !(error instanceof Problem)) this.#again(run);
      else this.#fail(error instanceof Problem ? error : startProblem(error, run));
    }
  }

  async #connect(found: Found): Promise<void> {
    const { Client } = await import('./client');
    const client = new Client({
      process: () => this.#spawn(run),
      log: this.log,
      judge: (status) => {
        this.#judgeIs(status);
      },
      command: (command, [argument]) => this.run(command, argument),
    });
    const run: Run = { found, client, since: Date.now(), isOver: false };
    this.#run = run;
    await within(START_MS, client.start());
    if (client.initializeResult === undefined) throw new Error('it has ended'); // start() does not say so
    if (client.protocol < PROTOCOL) {
      throw new Problem(
        `The server ${found.origin} is unleak ${client.version}, which is too old for this extension. ` +
          'Update it: pip install --upgrade unleak.',
        found.place === 'setting' ? 'settings' : undefined,
      );
    }
    this.log.info(`The server runs: unleak ${client.version}`);
    this.#become({ kind: 'running', reason: '', version: client.version, origin: found.origin });
    if (this.#isBehind) void client.settingsChanged();
  }

  async #spawn(run: Run): Promise<ChildProcessWithoutNullStreams> {
    const { command, place } = run.found;
    const env = { ...process.env };
    if (place === 'extension' || place === 'private') {
      for (const name of ['PYTHONHOME', 'PYTHONPATH']) Reflect.deleteProperty(env, name); // they may lead into the workspace
    }
    // Not in the workspace: nothing that lies there may be loaded as a part of the server.
    const child = spawn(command, ['serve'], { cwd: path.dirname(command), env, windowsHide: true });
    run.child = child;
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.log.info(line);
    });
    child.once('exit', (code, signal) => {
      this.log.info(`The server has ended (${signal ?? `exit code ${code ?? 'unknown'}`}).`);
      this.#crashed(run);
    });
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve).once('error', reject);
    });
    return child;
  }

  /** Has the server started again, if nobody wanted it to end. An end while it starts is for #begin to tell. */
  #crashed(run: Run): void {
    if (run.isOver || run !== this.#run || this.#state.kind !== 'running') return;
    this.#become({ ...STOPPED, kind: 'starting' });
    void this.#inTurn(async () => {
      if (this.#run !== run) return;
      await this.#end();
      this.#again(run);
    });
  }

  /** Starts the server again after a while, unless `run` was one crash too many. */
  #again(run: Run): void {
    const pause = this.#pauses.next(Date.now() - run.since);
    if (pause === undefined) {
      this.#fail(new Problem('The server of unleak has crashed several times, and is not started again.'));
      return;
    }
    this.log.warn(`It is started again in ${pause / 1000} s.`);
    this.#pause = setTimeout(() => {
      void this.#inTurn(async () => {
        if (this.#run === undefined) await this.#begin(true);
      });
    }, pause);
  }

  /** Ends the run if there is one, and waits until its process is gone. */
  async #end(): Promise<void> {
    clearTimeout(this.#pause);
    const run = this.#run;
    this.#run = undefined;
    this.#judgeIs(undefined);
    if (run === undefined) return;
    run.isOver = true;
    await run.client.dispose().catch((error: unknown) => {
      this.log.debug(`The server did not end in an orderly way: ${String(error)}`);
    });
    if (!(await isGone(run.child))) kill(run.child);
  }

  #find(): Promise<Found> {
    const { extensionPath, globalStorageUri } = this.#context;
    return findServer({
      isTrusted: vscode.workspace.isTrusted,
      setting: vscode.workspace.getConfiguration('unleak', null).get('path', ''),
      extension: extensionPath,
      installed: async () => (await installedServer(globalStorageUri.fsPath))?.command,
      python: async () => {
        this.#python ??= await onDidChangeSelectedPython(() => void this.#pythonChanged());
        return await selectedPython();
      },
      path: process.env['PATH'] ?? '',
      home: os.homedir(),
    });
  }

  async #pythonChanged(): Promise<void> {
    const now = this.#run?.found;
    const found = await this.#find().catch(() => undefined);
    if (found !== undefined && found.command !== now?.command) await this.restart();
  }

  #configured(change: vscode.ConfigurationChangeEvent): void {
    if (needsRestart(change) || (concernsServer(change) && !vscode.workspace.isTrusted)) {
      void this.restart();
    } else if (concernsServer(change)) {
      if (this.#state.kind === 'running') void this.#run?.client.settingsChanged();
      else this.#isBehind = true;
    }
  }

  #become(state: ServerState): void {
    this.#state = state;
    void vscode.commands.executeCommand('setContext', 'unleak.running', state.kind === 'running');
    this.#stateChanged.fire(state);
  }

  #judgeIs(status: JudgeStatus | undefined): void {
    if (status === this.#judge) return;
    this.#judge = status;
    this.#judgeChanged.fire(status);
  }

  #fail(problem: Problem): void {
    this.log.error(problem.message);
    this.#become({ ...STOPPED, kind: 'failed', reason: problem.message });
    this.#show(problem.message, problem.remedy);
  }

  /** Shows a problem with the server, and what can be done about it. */
  #show(message: string, remedy?: Problem['remedy']): void {
    const choices = new Map<string, () => unknown>();
    if (remedy === 'trust') choices.set('Manage Trust', () => vscode.commands.executeCommand('workbench.trust.manage'));
    if ((remedy === 'install' || remedy === 'trust') && canInstall(this.#context.extensionPath)) {
      choices.set('Install…', () => vscode.commands.executeCommand('unleak.client.installServer'));
    }
    if (remedy === 'settings' || remedy === 'install') {
      choices.set('Open Settings', () => vscode.commands.executeCommand('workbench.action.openSettings', 'unleak.path'));
    }
    choices.set('Show Log', () => {
      this.log.show();
    });
    if (remedy === undefined || remedy === 'settings') choices.set('Restart', () => this.restart());
    void vscode.window.showErrorMessage(message, ...choices.keys()).then((chosen) => {
      if (chosen !== undefined) choices.get(chosen)?.();
    });
  }
}

/** Shows why something was not done, with a button for what helps. */
function refused(message: string, remedy: Remedy | undefined): void {
  if (remedy === undefined) {
    void vscode.window.showErrorMessage(message);
    return;
  }
  const [label, command, ...args] = remedy;
  void vscode.window.showInformationMessage(message, label).then((chosen) => {
    if (chosen === label) void vscode.commands.executeCommand(command, ...args);
  });
}

function startProblem(error: unknown, run: Run | undefined): Problem {
  const where = run?.found.origin ?? 'of unleak';
  const remedy = run?.found.place === 'setting' ? 'settings' : undefined;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && /^E[A-Z]+$/.test(code)) {
    return new Problem(`The server ${where} cannot be run (${code}).`, remedy);
  }
  if (error instanceof TimeoutError) {
    return new Problem(`The server ${where} does not answer. The log may say why.`, remedy);
  }
  return new Problem(`The server ${where} ended while it started. The log says why.`, remedy);
}

class TimeoutError extends Error {}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new TimeoutError());
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function hasEnded(child: ChildProcess | undefined): boolean {
  return child?.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function isGone(child: ChildProcess | undefined): Promise<boolean> {
  if (child === undefined || hasEnded(child)) return true;
  await within(END_MS, new Promise((resolve) => child.once('exit', resolve))).catch(() => undefined);
  return hasEnded(child);
}

function kill(child: ChildProcess | undefined): void {
  if (child !== undefined && !hasEnded(child)) child.kill('SIGKILL');
}
