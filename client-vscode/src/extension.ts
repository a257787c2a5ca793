import type * as vscode from 'vscode';

import * as bugReport from './bug-report';
import * as commands from './commands';
import * as commitGuard from './commit-guard';
import * as copy from './copy';
import * as decorations from './decorations';
import * as finder from './finder';
import * as installation from './install-command';
import * as models from './models';
import * as report from './report';
import { type JudgeStatus, Server, type ServerState } from './server';
import * as status from './status';

const FEATURES = [status, commands, finder, report, decorations, commitGuard, models, bugReport, copy, installation];

let server: Server | undefined;

/** What others may see of this extension. */
export interface Api {
  readonly state: ServerState;
  readonly judge: JudgeStatus | undefined;
}

export function activate(context: vscode.ExtensionContext): Api {
  const made = new Server(context);
  server = made;
  context.subscriptions.push(...FEATURES.map(({ register }) => register(made, context)));
  void made.start();
  return {
    get state() {
      return made.state;
    },
    get judge() {
      return made.judge;
    },
  };
}

export async function deactivate(): Promise<void> {
  await server?.stop();
  server?.dispose();
}
