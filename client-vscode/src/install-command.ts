import * as vscode from 'vscode';

import { canInstall, type Installation, InstallError, installedServer, installJudge, installServer } from './install';
import { selectedPython } from './python-environment';
import type { Server } from './server';

/** Installing the server, in builds of the extension that do not bring it along. */
export function register(server: Server, context: vscode.ExtensionContext): vscode.Disposable {
  const can = canInstall(context.extensionPath);
  void vscode.commands.executeCommand('setContext', 'unleak.canInstall', can);
  if (can) void offerUpdate(server, context);
  return vscode.commands.registerCommand('unleak.client.installServer', () => install(server, context));
}

async function offerUpdate(server: Server, context: vscode.ExtensionContext): Promise<void> {
  const version = versionOf(context);
  const installed = await installedServer(context.globalStorageUri.fsPath);
  if (installed === undefined || installed.version === version) return;
  const update = 'Update…';
  const said = `The installed server is unleak ${installed.version}; this extension brings ${version}.`;
  if ((await vscode.window.showInformationMessage(said, update)) === update) await install(server, context);
}

async function install(server: Server, context: vscode.ExtensionContext): Promise<void> {
  if (!canInstall(context.extensionPath)) {
    void vscode.window.showInformationMessage('This build of the extension brings its server along; there is nothing to install.');
    return;
  }
  const yes = 'Install';
  const detail =
    'A Python environment of its own is made in the folder that the editor keeps for this extension. About 30 MB are ' +
    'downloaded from the package index of Python and checked by their hashes; then about 100 MB more for the runtime of ' +
    'the judge. That is compiled here, which takes some minutes and a C++ compiler; without it the rules work alone.';
  const said = `Install the server of unleak ${versionOf(context)}?`;
  if ((await vscode.window.showInformationMessage(said, { modal: true, detail }, yes)) !== yes) return;
  const options = { location: vscode.ProgressLocation.Notification, title: 'Installing the server of unleak', cancellable: true };
  await vscode.window.withProgress(options, async (progress, token) => {
    const stop = new AbortController();
    const abort = (): void => {
      stop.abort();
    };
    token.onCancellationRequested(abort);
    context.subscriptions.push({ dispose: abort }); // the window closes
    const installation: Installation = {
      extension: context.extensionPath,
      storage: context.globalStorageUri.fsPath,
      version: versionOf(context),
      python: vscode.workspace.isTrusted ? await selectedPython() : undefined,
      proxy: vscode.workspace.getConfiguration('http').get('proxy', ''),
      signal: stop.signal,
      log: (line) => {
        server.log.info(line);
      },
      advance: (message) => {
        progress.report({ message });
      },
    };
    await steps(installation, server);
  });
}

async function steps(installation: Installation, server: Server): Promise<void> {
  let installed;
  try {
    installed = await installServer(installation);
  } catch (error) {
    tell(server, 'The server was not installed.', error, installation.signal);
    return;
  }
  await server.restart();
  try {
    await installJudge(installation, installed);
  } catch (error) {
    tell(server, 'The server is installed and the rules work; the judge’s runtime could not be compiled.', error, installation.signal);
    return;
  }
  await server.restart();
  void vscode.window.showInformationMessage('The server of unleak is installed.');
}

function tell(server: Server, what: string, error: unknown, signal: AbortSignal): void {
  const why = error instanceof InstallError ? error.message : 'The log says why.';
  server.log.error(`${what} ${error instanceof Error ? error.message : String(error)}`);
  if (signal.aborted) return;
  const show = 'Show Log';
  void vscode.window.showErrorMessage(`${what} ${why}`, show).then((chosen) => {
    if (chosen === show) server.log.show();
  });
}

function versionOf(context: vscode.ExtensionContext): string {
  return String((context.extension.packageJSON as { version: unknown }).version);
}
