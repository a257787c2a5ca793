import * as path from 'node:path';

import * as vscode from 'vscode';

import { runShown } from './commands';
import type { Server } from './server';
import { counted } from './wording';

/** What `unleak.finder.run` answers. */
interface Answer {
  readonly found: number;
  /** Answers of the model that did not count, by why. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Lines that were not read. */
  readonly unread: number;
  /** Why something does not count or was not read, without a full stop; else empty. */
  readonly because: string;
  readonly cancelled: boolean;
}

const READ = ['file', 'untitled', 'vscode-notebook-cell'];

/** Having the open file read whole, one at a time and only when somebody asks for it. */
export function register(server: Server): vscode.Disposable {
  let reading = '';
  return vscode.commands.registerCommand('unleak.client.runFinder', async () => {
    const document = vscode.window.activeTextEditor?.document;
    if (document === undefined || !READ.includes(document.uri.scheme)) {
      void vscode.window.showInformationMessage('Open the file that is to be read first.');
      return;
    }
    if (reading) {
      void vscode.window.showInformationMessage(`The finder reads ${reading} already. Wait for it, or cancel it.`);
      return;
    }
    const name = (reading = path.posix.basename(document.uri.path));
    try {
      await read(server, document, name);
    } finally {
      reading = '';
    }
  });
}

async function read(server: Server, document: vscode.TextDocument, name: string): Promise<void> {
  const argument = { uri: document.uri.toString() };
  const answer = await runShown<Answer>(server, `The finder reads ${name}`, 'unleak.finder.run', argument);
  if (answer === undefined) return;
  const said = [foundIn(answer, name), leftBy(answer), droppedIn(answer)].filter(Boolean).join(' ');
  if (answer.because && !answer.cancelled) void vscode.window.showWarningMessage(said);
  else void vscode.window.showInformationMessage(said);
}

function foundIn({ found }: Answer, name: string): string {
  return `The finder has found ${found === 0 ? 'nothing new' : counted(found, 'possible secret')} in ${name}.`;
}

function leftBy({ unread, because, cancelled }: Answer): string {
  if (unread > 0) return `It has not read ${counted(unread, 'line')}: ${cancelled ? 'it was stopped' : because}.`;
  return because && `What it found does not count: ${because}.`;
}

function droppedIn({ dropped }: Answer): string {
  const reasons = Object.entries(dropped);
  const all = reasons.reduce((sum, [, count]) => sum + count, 0);
  if (all === 0) return '';
  return `${counted(all, 'answer')} of the model did not count: ${reasons.map(([why, count]) => `${count} ${why}`).join(', ')}.`;
}
