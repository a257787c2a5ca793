import type { ChildProcessWithoutNullStreams } from 'node:child_process';

import * as vscode from 'vscode';
import {
  type CancellationToken,
  CloseAction,
  ErrorAction,
  ExecuteCommandRequest,
  LanguageClient,
  type LanguageClientOptions,
  ResponseError,
  RevealOutputChannelOn,
  type StaticFeature,
  type StreamInfo,
  WorkDoneProgress,
  WorkDoneProgressCancelNotification,
} from 'vscode-languageclient/node';

import type { JudgeStatus } from './server';
import { settingsFor, userSettings } from './settings';

export interface Hooks {
  readonly process: () => Promise<ChildProcessWithoutNullStreams>;
  readonly log: vscode.LogOutputChannel;
  readonly judge: (status: JudgeStatus) => void;
  /** A command of the server that somebody chose in the editor: a code action, a key. */
  readonly command: (command: string, args: unknown[]) => Promise<unknown>;
}

export type Advance = vscode.Progress<{ message?: string; increment?: number }>;

/** The language client of one run of the server. It shows no messages of its own. */
export class Client extends LanguageClient {
  #lastProgress = 0;

  constructor(hooks: Hooks) {
    super('unleak', 'unleak', streams(hooks), options(hooks));
    this.registerFeature(ANNOUNCED);
    this.onNotification('unleak/judgeStatus', hooks.judge);
  }

  /** What the server says it speaks; 0 when it says nothing. */
  get protocol(): number {
    const experimental: unknown = this.initializeResult?.capabilities.experimental;
    const { protocol } = (experimental as { unleak?: { protocol?: unknown } } | undefined)?.unleak ?? {};
    return typeof protocol === 'number' ? protocol : 0;
  }

  get version(): string {
    return this.initializeResult?.serverInfo?.version ?? '';
  }

  async settingsChanged(): Promise<void> {
    await this.sendNotification('workspace/didChangeConfiguration', { settings: null });
  }

  /** Runs a command of the server. A server that shows progress is cancelled by way of that, and answers how far it came. */
  async execute(command: string, args: unknown[], token?: CancellationToken, progress?: Advance): Promise<unknown> {
    const params = { command, arguments: args };
    if (progress === undefined) return await this.sendRequest(ExecuteCommandRequest.type, params, token);
    const workDoneToken = `unleak-${++this.#lastProgress}`;
    const stop = new vscode.CancellationTokenSource();
    let isCancellable = false;
    let shown = 0;
    const listening = vscode.Disposable.from(
      this.onProgress(WorkDoneProgress.type, workDoneToken, (value) => {
        if (value.kind === 'begin') isCancellable = value.cancellable ?? false;
        if (value.kind === 'end') return;
        const increment = Math.max(0, (value.percentage ?? 0) - shown);
        shown += increment;
        progress.report({ increment, ...(value.message === undefined ? {} : { message: value.message }) });
      }),
      token?.onCancellationRequested(() => {
        if (isCancellable) void this.sendNotification(WorkDoneProgressCancelNotification.type, { token: workDoneToken });
        else stop.cancel();
      }) ?? NOTHING,
      stop,
    );
    try {
      return await this.sendRequest(ExecuteCommandRequest.type, { ...params, workDoneToken }, stop.token);
    } finally {
      listening.dispose();
    }
  }

  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }

  override warn(message: string, data?: unknown): void {
    super.warn(message, data, false);
  }

  override info(message: string, data?: unknown): void {
    super.info(message, data, false);
  }
}

/** What a failed request has to say to people; undefined when it was cancelled. */
export function toldBy(error: unknown): string | undefined {
  if (error instanceof vscode.CancellationError) return undefined;
  if (error instanceof ResponseError) {
    if (CANCELLED.includes(error.code)) return undefined;
    if (GONE.includes(error.code)) return 'The server of unleak ended before it could answer. Try it again.';
  }
  return error instanceof Error ? error.message : String(error);
}

/** The name of what a person can do about a failed request, where the server says one; else empty. */
export function remedyFor(error: unknown): string {
  const data: unknown = error instanceof ResponseError ? error.data : undefined;
  const { remedy } = (data ?? {}) as { remedy?: unknown };
  return typeof remedy === 'string' ? remedy : '';
}

const NOTHING = new vscode.Disposable(() => undefined);
const CANCELLED = [-32800, -32802]; // RequestCancelled, ServerCancelled
const GONE = [-32097, -32099]; // PendingResponseRejected, ConnectionInactive

const ANNOUNCED: StaticFeature = {
  fillClientCapabilities: (capabilities) => {
    capabilities.experimental = { judgeStatus: true, copy: true };
  },
  initialize: () => undefined,
  getState: () => ({ kind: 'static' }),
  clear: () => undefined,
};

const MOST_KEPT = 100;
const kept: vscode.Disposable[] = [];
let lastKept = 0;

/**
 * The action with a command that is still there after its edit. VS Code forgets a command with arguments together with
 * the list of actions that it was in, and the edit makes it ask for a new list; one without arguments stays.
 */
function lasting(action: vscode.CodeAction | null | undefined): vscode.CodeAction | null | undefined {
  const then = action?.command;
  const args = then?.arguments as unknown[] | undefined;
  if (!action?.edit || then === undefined || args === undefined) return action;
  const command = `unleak.client.then.${++lastKept}`;
  kept.push(vscode.commands.registerCommand(command, () => vscode.commands.executeCommand(then.command, ...args)));
  if (kept.length > MOST_KEPT) kept.shift()?.dispose();
  action.command = { title: then.title, command };
  return action;
}

/** The process as its streams alone: its standard error is for whoever has started it. */
function streams({ process }: Hooks): () => Promise<StreamInfo> {
  return async () => {
    const { stdin, stdout } = await process();
    return { reader: stdout, writer: stdin };
  };
}

function options({ log, command }: Hooks): LanguageClientOptions {
  return {
    documentSelector: [{ scheme: 'file' }, { scheme: 'untitled' }, { notebook: '*' }],
    outputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions: { ...userSettings(), trusted: vscode.workspace.isTrusted },
    initializationFailedHandler: () => false,
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => ({ action: CloseAction.DoNotRestart, handled: true, message: 'The server has ended.' }),
    },
    middleware: {
      executeCommand: (name, args) => command(name, args),
      resolveCodeAction: async (action, token, next) => lasting(await next(action, token)),
      workspace: {
        configuration: ({ items }) =>
          items.map(({ scopeUri, section }) =>
            section === 'unleak' ? settingsFor(scopeUri ? vscode.Uri.parse(scopeUri) : undefined) : null,
          ),
      },
    },
  };
}
