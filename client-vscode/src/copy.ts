import * as vscode from 'vscode';

import type { Server } from './server';

/** What the server's code action "copy the value" sends. */
interface Asked {
  readonly uri: string;
  readonly version: number;
  readonly range: { readonly start: Place; readonly end: Place };
  readonly then: { readonly command: string; readonly arguments?: readonly unknown[] };
}

interface Place {
  readonly line: number;
  readonly character: number;
}

/** Copies a value, then has the server take it out of the text. */
export function register(server: Server): vscode.Disposable {
  return vscode.commands.registerCommand('unleak.client.copy', async (asked: Asked) => {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(asked.uri));
    if (document.version !== asked.version) {
      void vscode.window.showWarningMessage('The text has changed meanwhile: open the light bulb again. Nothing was copied.');
      return;
    }
    const { start, end } = asked.range;
    const value = document.getText(new vscode.Range(start.line, start.character, end.line, end.character));
    await vscode.env.clipboard.writeText(value);
    await server.run(asked.then.command, asked.then.arguments?.[0]);
    void offerToClear(value);
  });
}

async function offerToClear(value: string): Promise<void> {
  const clear = 'Clear the Clipboard';
  const said = 'The value is in the clipboard. Paste it where the program gets its environment from.';
  const chosen = await vscode.window.showInformationMessage(said, clear);
  if (chosen === clear && (await vscode.env.clipboard.readText()) === value) await vscode.env.clipboard.writeText('');
}
