import * as vscode from 'vscode';

import { findingsOf, type Findings, SEVERITIES } from './findings';
import type { Server } from './server';
import { counted } from './wording';

const MOST = 99; // VS Code shows two characters

/** A badge with the number of findings beside a file's name. */
export function register(_server: Server, context: vscode.ExtensionContext): vscode.Disposable {
  const badges = new Badges(findingsOf(context));
  return vscode.Disposable.from(badges, vscode.window.registerFileDecorationProvider(badges));
}

class Badges implements vscode.FileDecorationProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri[] | undefined>();
  private readonly listeners: vscode.Disposable;
  private isOn = isSwitchedOn();
  readonly onDidChangeFileDecorations = this.changed.event;

  constructor(private readonly findings: Findings) {
    this.listeners = vscode.Disposable.from(
      findings.onDidChange((uris) => {
        if (this.isOn) this.changed.fire([...uris]);
      }),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('unleak.fileDecorations') || event.affectsConfiguration('problems')) {
          this.isOn = isSwitchedOn();
          this.changed.fire(undefined);
        }
      }),
    );
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (!this.isOn) return undefined;
    const shown = this.findings.of(uri).filter(({ severity }) => severity !== vscode.DiagnosticSeverity.Hint);
    if (shown.length === 0) return undefined;
    const worst = SEVERITIES.find((each) => shown.some(({ severity }) => severity === each)) ?? vscode.DiagnosticSeverity.Hint;
    const count = shown.length > MOST ? '9+' : String(shown.length);
    const decoration = new vscode.FileDecoration(
      isToldAlready(uri, shown.length) ? undefined : count,
      `unleak: ${counted(shown.length, 'finding')}`,
      COLOURS[worst],
    );
    // VS Code colours the folders of problems itself, unless that is switched off.
    decoration.propagate = worst <= vscode.DiagnosticSeverity.Warning && !problemsAreShown();
    return decoration;
  }

  dispose(): void {
    this.listeners.dispose();
    this.changed.dispose();
  }
}

const COLOURS: Readonly<Record<vscode.DiagnosticSeverity, vscode.ThemeColor>> = {
  [vscode.DiagnosticSeverity.Error]: new vscode.ThemeColor('list.errorForeground'),
  [vscode.DiagnosticSeverity.Warning]: new vscode.ThemeColor('list.warningForeground'),
  [vscode.DiagnosticSeverity.Information]: new vscode.ThemeColor('editorInfo.foreground'),
  [vscode.DiagnosticSeverity.Hint]: new vscode.ThemeColor('foreground'),
};

function isSwitchedOn(): boolean {
  return vscode.workspace.getConfiguration('unleak').get<boolean>('fileDecorations', true);
}

/** Whether VS Code shows the same number by itself: it counts the errors and warnings of all extensions. */
function isToldAlready(uri: vscode.Uri, count: number): boolean {
  const { Warning } = vscode.DiagnosticSeverity;
  return problemsAreShown() && vscode.languages.getDiagnostics(uri).filter(({ severity }) => severity <= Warning).length === count;
}

function problemsAreShown(): boolean {
  const problems = vscode.workspace.getConfiguration('problems');
  return problems.get<boolean>('visibility', true) && problems.get<boolean>('decorations.enabled', true);
}
