import * as vscode from 'vscode';

import type { Server } from './server';
import { counted } from './wording';

const SHOW_REPORT = 'Show Report';

/** What `unleak.scanWorkspace` answers. */
interface Scanned {
  readonly files: number;
  readonly findings: number;
  readonly skipped: number;
  readonly cancelled: boolean;
}

/** What `unleak.judge.run` answers, in numbers of candidates. */
interface Judged {
  readonly asked: number;
  readonly judged: number;
}

/** What `unleak.baseline.create` answers. */
interface Baseline {
  readonly created: string | null;
  readonly exists: boolean;
  readonly findings: number;
  readonly cancelled?: boolean;
  readonly problem: string;
}

export function register(server: Server): vscode.Disposable {
  const alone = new Alone();
  return vscode.Disposable.from(
    vscode.commands.registerCommand('unleak.client.scanWorkspace', () => alone.run(() => scanWorkspace(server))),
    vscode.commands.registerCommand('unleak.client.scanFile', () => scanFile(server)),
    vscode.commands.registerCommand('unleak.client.fixFile', fixFile),
    vscode.commands.registerCommand('unleak.client.fixWorkspace', () => alone.run(() => fixWorkspace(server))),
    vscode.commands.registerCommand('unleak.client.createBaseline', () => alone.run(() => createBaseline(server))),
    vscode.commands.registerCommand('unleak.client.restart', () => server.restart()),
    vscode.commands.registerCommand('unleak.client.showLog', () => {
      server.log.show();
    }),
  );
}

/** Runs a command of the server under a notification with its progress, which cancels it. */
export async function runShown<T>(
  server: Server,
  title: string,
  command: string,
  argument?: unknown,
): Promise<T | undefined> {
  if (server.state.kind === 'failed' || server.state.kind === 'stopped') return await server.run<T>(command); // says why
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return await vscode.window.withProgress(options, (progress, token) =>
    server.run<T>(command, argument, token, progress),
  );
}

/** One long task of the workspace at a time. */
class Alone {
  private isBusy = false;

  async run(work: () => Promise<void>): Promise<void> {
    if (this.isBusy) {
      void vscode.window.showInformationMessage('unleak is at work on the workspace already. Wait for it, or cancel it.');
      return;
    }
    this.isBusy = true;
    try {
      await work();
    } finally {
      this.isBusy = false;
    }
  }
}

async function scanWorkspace(server: Server): Promise<void> {
  if (!hasFolder()) return;
  const scanned = await runShown<Scanned>(server, 'Scanning the workspace for secrets', 'unleak.scanWorkspace');
  if (scanned === undefined) return;
  const found = scanned.findings === 0 ? 'Nothing was found' : counted(scanned.findings, 'finding');
  const said = `${found} in ${counted(scanned.files, 'file')}.`;
  const skipped = scanned.skipped > 0 ? ` ${counted(scanned.skipped, 'file')} skipped.` : '';
  const summary = `${scanned.cancelled ? 'The scan was cancelled. ' : ''}${said}${skipped}`;
  const choices = scanned.findings > 0 ? [SHOW_REPORT] : [];
  void vscode.window.showInformationMessage(summary, ...choices).then((chosen) => {
    if (chosen === SHOW_REPORT) void vscode.commands.executeCommand('unleak.client.report');
  });
}

async function scanFile(server: Server): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  if (document === undefined) {
    void vscode.window.showInformationMessage('Open the file that is to be read first.');
    return;
  }
  const title = 'The judge reads this file';
  const answer = await runShown<Judged>(server, title, 'unleak.judge.run', document.uri.toString());
  if (answer === undefined) return;
  void vscode.window.showInformationMessage(judgedIn(answer, server));
}

function judgedIn({ asked, judged }: Judged, server: Server): string {
  if (asked === 0) return 'Nothing in this file is for the judge to decide: what the rules found stands.';
  if (judged > 0) return `The judge has read ${judged} of ${counted(asked, 'candidate')} in this file.`;
  return `The judge has not answered. ${server.judge?.reason ?? ''} What the rules found stands.`.replace('  ', ' ');
}

async function fixFile(): Promise<void> {
  await vscode.commands.executeCommand('editor.action.sourceAction', { kind: 'source.unleak.moveAll', apply: 'first' });
}

async function fixWorkspace(server: Server): Promise<void> {
  if (!hasFolder()) return;
  // The server says what came of it: it knows what stays where it is, and why.
  await runShown(server, 'Moving the secrets of the workspace', 'unleak.fixWorkspace', {});
}

async function createBaseline(server: Server): Promise<void> {
  if (!hasFolder()) return;
  const folders = vscode.workspace.workspaceFolders ?? [];
  const pick = { placeHolder: 'The folder whose findings are to be known' };
  const folder = folders.length === 1 ? folders[0] : await vscode.window.showWorkspaceFolderPick(pick);
  if (folder === undefined) return;
  let answer = await writeBaseline(server, folder, false);
  if (answer?.exists && answer.created === null) {
    const replace = 'Replace It';
    const detail = 'What it says now, also of what was reviewed, is lost unless it is under version control.';
    const said = `${folder.name} has a baseline already.`;
    if ((await vscode.window.showWarningMessage(said, { modal: true, detail }, replace)) !== replace) return;
    answer = await writeBaseline(server, folder, true);
  }
  if (answer === undefined) return;
  if (answer.created === null) {
    if (answer.problem && !answer.cancelled) void vscode.window.showErrorMessage(answer.problem);
    return;
  }
  const open = 'Open';
  const said = `The baseline holds ${counted(answer.findings, 'finding')}. They are not reported any more; new ones are. ${answer.problem}`.trimEnd();
  void vscode.window.showInformationMessage(said, open).then((chosen) => {
    if (chosen === open && answer.created !== null) void vscode.window.showTextDocument(vscode.Uri.file(answer.created));
  });
}

function writeBaseline(server: Server, folder: vscode.WorkspaceFolder, force: boolean): Promise<Baseline | undefined> {
  const argument = { folder: folder.uri.toString(), force };
  return runShown<Baseline>(server, 'Creating the baseline', 'unleak.baseline.create', argument);
}

function hasFolder(): boolean {
  if (vscode.workspace.workspaceFolders?.length) return true;
  void vscode.window.showInformationMessage('Open a folder first: this is about all of its files.');
  return false;
}
