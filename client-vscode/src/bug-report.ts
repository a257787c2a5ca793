import * as os from 'node:os';
import * as vscode from 'vscode';

import { findingsOf, MEANINGS, SEVERITIES } from './findings';
import type { Server } from './server';

/** What `unleak.about` answers; without values and names of files. */
interface About {
  readonly version: string;
  readonly protocol: number;
  readonly python: string;
  readonly platform: string;
  readonly bundled: boolean;
  readonly matcher: string;
  readonly rules: number;
  readonly judge: { readonly state: string; readonly reason: string; readonly model: string };
  readonly documents: number;
  readonly folders: number;
  readonly trusted: boolean;
  readonly problems: readonly string[];
}

/** Settings whose value tells nothing of a person's files. */
const PLAIN = [
  ...['enable', 'minSeverity', 'maxFileSize', 'feedback', 'fileDecorations', 'commitGuard', 'judge.enabled', 'judge.run'],
  ...['judge.idleDelay', 'judge.threads', 'judge.budget', 'judge.cache', 'finder.enabled', 'finder.deadline', 'trace.server'],
];
/** Settings of which only is told that they are set. */
const PERSONAL = ['path', 'exclude', 'extraRules', 'disabledRules'];

/** Puts what a bug report needs into the clipboard: no values, no names of files. */
export function register(server: Server, context: vscode.ExtensionContext): vscode.Disposable {
  return vscode.commands.registerCommand('unleak.client.copyDiagnostics', async () => {
    const about = server.state.kind === 'running' ? await server.run<About>('unleak.about', {}) : undefined;
    const text = discreet([...ofEditor(context), ...ofServer(server, about), ...ofFindings(context)].join('\n'));
    await vscode.env.clipboard.writeText(`${text}\n`);
    const show = 'Show It';
    const said = 'Copied, without secrets and names of files. Look at it before you paste it.';
    if ((await vscode.window.showInformationMessage(said, show)) === show)
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: `${text}\n`, language: 'markdown' }));
  });
}

function ofEditor({ extension, extensionMode }: vscode.ExtensionContext): string[] {
  const { version } = extension.packageJSON as { version: string };
  const { appName, appHost, remoteName, uiKind } = vscode.env;
  const settings = vscode.workspace.getConfiguration('unleak');
  const changed = (name: string): boolean => {
    const { globalValue, workspaceValue, workspaceFolderValue } = settings.inspect(name) ?? {};
    return (globalValue ?? workspaceValue ?? workspaceFolderValue) !== undefined;
  };
  const told = PLAIN.filter(changed).map((name) => `${name} = ${JSON.stringify(settings.get(name))}`);
  const untold = PERSONAL.filter(changed).map((name) => `${name} is set`);
  return [
    '### unleak in an editor',
    `- extension ${version}${extensionMode === vscode.ExtensionMode.Production ? '' : ' (development)'}`,
    `- ${appName} ${vscode.version} (${appHost}, ${uiKind === vscode.UIKind.Web ? 'web' : 'desktop'})`,
    `- ${process.platform} ${process.arch} ${os.release()}`,
    `- remote: ${remoteKind(remoteName)}`,
    `- workspace trusted: ${yesNo(vscode.workspace.isTrusted)}, folders: ${vscode.workspace.workspaceFolders?.length ?? 0}`,
    `- settings: ${[...told, ...untold].join(', ') || 'as they come'}`,
  ];
}

function ofServer({ state, judge }: Server, about: About | undefined): string[] {
  const lines = ['', '### Server', `- ${[state.kind, state.reason].filter(Boolean).join(': ')}`];
  if (state.origin) lines.push(`- found: ${state.origin}`);
  if (about === undefined) return lines;
  const { state: phase, reason, model } = about.judge;
  lines.push(
    `- version ${about.version}, protocol ${about.protocol}, ${about.bundled ? 'bundled' : 'not bundled'}`,
    `- Python ${about.python} on ${about.platform}`,
    `- matcher ${about.matcher}, ${about.rules} rules`,
    `- judge ${phase}${reason ? ` (${reason})` : ''}, ${model || 'no model'}, ${judge?.pending ?? 0} pending`,
    `- open documents: ${about.documents}, folders: ${about.folders}, trusted: ${yesNo(about.trusted)}`,
    ...about.problems.map((problem) => `- problem: ${problem}`),
  );
  return lines;
}

function ofFindings(context: vscode.ExtensionContext): string[] {
  const { files, by } = findingsOf(context).counts();
  return ['', '### Findings', `- in ${files} files`, ...SEVERITIES.map((each) => `- ${MEANINGS[each][1]}: ${by.get(each) ?? 0}`)];
}

/** The text without the home folder and the folders of the workspace. */
function discreet(text: string): string {
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => [uri.fsPath, '<workspace>'] as const);
  const hidden = [...folders, [os.homedir(), '~'] as const].filter(([path]) => path.length > 1);
  return hidden.reduce((left, [path, word]) => left.replaceAll(path, word), text);
}

/** The kind alone: in some products the name holds that of a machine. */
function remoteKind(name: string | undefined): string {
  return name === undefined ? 'none' : /^[a-z-]+$/.test(name) ? name : 'another kind';
}

function yesNo(is: boolean): string {
  return is ? 'yes' : 'no';
}
