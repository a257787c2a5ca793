import * as vscode from 'vscode';

import { findingsOf } from './findings';
import type { JudgeStatus, Server } from './server';
import { counted } from './wording';

/** The item in the language status of the active editor, and the menu behind it. */
export function register(server: Server, context: vscode.ExtensionContext): vscode.Disposable {
  const item = vscode.languages.createLanguageStatusItem('unleak.status', { pattern: '**' });
  item.name = 'unleak';
  item.command = { command: 'unleak.client.menu', title: 'Menu', tooltip: 'What unleak can do now' };
  const show = (): void => {
    const { text, detail, severity, busy } = statusOf(server);
    item.text = text;
    item.detail = detail;
    item.severity = severity;
    item.busy = busy;
    item.accessibilityInformation = { label: `unleak: ${text.replace(/\$\([^)]*\)\s*/g, '')}. ${detail}` };
  };
  show();
  return vscode.Disposable.from(
    item,
    server.onDidChangeState(show),
    server.onDidChangeJudge(show),
    vscode.window.onDidChangeActiveTextEditor(show),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('unleak.enable')) show();
    }),
    vscode.commands.registerCommand('unleak.client.menu', () => showMenu(server, context)),
  );
}

interface Shown {
  readonly text: string;
  readonly detail: string;
  readonly severity: vscode.LanguageStatusSeverity;
  readonly busy: boolean;
}

function statusOf(server: Server): Shown {
  const { Information, Warning, Error } = vscode.LanguageStatusSeverity;
  const { kind, reason, version } = server.state;
  if (kind === 'failed') return { text: '$(error) The server does not run', detail: reason, severity: Error, busy: false };
  if (kind === 'stopped') return { text: 'The server is stopped', detail: '', severity: Warning, busy: false };
  if (kind === 'starting') return { text: 'The server starts', detail: '', severity: Information, busy: true };
  if (!isOnHere()) return { text: 'Off in this file', detail: 'By the setting unleak.enable', severity: Information, busy: false };
  const judge = server.judge;
  const [text, busy] = judgeIn(judge);
  const detail = [judge?.reason, judge?.model, `unleak ${version}`].find(Boolean) ?? '';
  return { text: ['Rules on', text].filter(Boolean).join(', '), detail, severity: judge?.state === 'broken' ? Warning : Information, busy };
}

function judgeIn(judge: JudgeStatus | undefined): readonly [text: string, busy: boolean] {
  switch (judge?.state) {
    case undefined:
      return ['', false];
    case 'loading':
      return ['judge loading', true];
    case 'judging':
      return [judge.pending > 0 ? `judge reads ${judge.pending}` : 'judge reads', true];
    case 'ready':
      return ['judge ready', false];
    case 'off':
      return ['judge off', false];
    case 'broken':
      return ['judge broken', false];
  }
}

function isOnHere(): boolean {
  const document = vscode.window.activeTextEditor?.document;
  return document === undefined || vscode.workspace.getConfiguration('unleak', document).get<boolean>('enable', true);
}

interface Choice extends vscode.QuickPickItem {
  readonly command?: string;
  readonly arguments?: readonly unknown[];
}

async function showMenu(server: Server, context: vscode.ExtensionContext): Promise<void> {
  const { text, detail } = statusOf(server);
  const chosen = await vscode.window.showQuickPick(await choices(server, context), {
    title: 'unleak',
    placeHolder: [text.replace(/\$\([^)]*\)\s*/g, ''), detail].filter(Boolean).join('. '),
    matchOnDetail: true,
  });
  if (chosen?.command) await vscode.commands.executeCommand(chosen.command, ...(chosen.arguments ?? []));
}

async function choices(server: Server, context: vscode.ExtensionContext): Promise<Choice[]> {
  const isRunning = server.state.kind === 'running';
  const restart = { label: '$(debug-restart) Restart the server', command: 'unleak.client.restart' };
  const log = { label: '$(output) Show the log', command: 'unleak.client.showLog' };
  const report = { label: '$(copy) Copy what a bug report needs', command: 'unleak.client.copyDiagnostics' };
  const settings = {
    label: '$(gear) Settings',
    command: 'workbench.action.openSettings',
    arguments: [`@ext:${context.extension.id}`],
  };
  if (!isRunning) {
    const commands = await vscode.commands.getCommands(true);
    const canInstall = server.state.kind === 'failed' && commands.includes('unleak.client.installServer');
    const install = { label: '$(cloud-download) Install the server', command: 'unleak.client.installServer' };
    return [restart, log, ...(canInstall ? [install] : []), settings, report];
  }
  const findings = findingsOf(context);
  const editor = vscode.window.activeTextEditor;
  const here = editor === undefined ? 0 : findings.of(editor.document.uri).length;
  const isTrusted = vscode.workspace.isTrusted;
  const file: Choice[] = editor === undefined ? [] : [{ label: '$(law) Have the judge read this file', command: 'unleak.client.scanFile' }];
  if (editor !== undefined && vscode.workspace.getConfiguration('unleak', editor.document).get<boolean>('finder.enabled', false))
    file.push({ label: '$(book) Have the finder read this file whole', command: 'unleak.client.runFinder' });
  if (here > 0) {
    const label = '$(wand) Move all secrets of this file to environment variables';
    file.unshift({ label, description: counted(here, 'finding'), command: 'unleak.client.fixFile' });
  }
  const all: Choice[] = [
    { label: '$(list-flat) Show all findings', description: counted(findings.total, 'finding'), command: 'unleak.client.report' },
  ];
  if (vscode.workspace.workspaceFolders?.length) {
    all.unshift({ label: '$(search) Scan the workspace', command: 'unleak.client.scanWorkspace' });
    if (isTrusted) {
      all.push({ label: '$(wand) Move all secrets of the workspace', command: 'unleak.client.fixWorkspace' });
      all.push({ label: '$(bookmark) Create a baseline of what is known', command: 'unleak.client.createBaseline' });
    }
  }
  const judge: Choice[] = [
    { label: '$(settings) Choose the judge', description: server.judge?.model ?? '', command: 'unleak.client.chooseJudge' },
  ];
  if (server.judge?.state === 'broken')
    judge.unshift({ label: '$(debug-restart) Start the judge again', command: 'unleak.judge.restart' });
  return [
    ...headed('This file', file),
    ...headed('Workspace', all),
    ...headed('Judge', judge),
    ...headed('unleak', [settings, log, restart, report]),
  ];
}

function headed(label: string, items: readonly Choice[]): Choice[] {
  return items.length === 0 ? [] : [{ label, kind: vscode.QuickPickItemKind.Separator }, ...items];
}
