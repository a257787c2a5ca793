import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

import { findingsOf, type Finding, type Findings, MEANINGS, SEVERITIES } from './findings';
import { page } from './report-page';
import type { Server } from './server';
import { counted } from './wording';

const PAUSE = 200; // milliseconds until a change is shown, for a scan changes much
const MOST = 2000; // rows

/** What the page shows; it gets this as data and makes text of it. */
interface Shown {
  readonly said: string;
  readonly groups: readonly Group[];
  readonly left: string;
}

interface Group {
  readonly level: string;
  readonly count: number;
  readonly titles: readonly [one: string, many: string];
  readonly rows: readonly Row[];
}

interface Row {
  readonly uri: string;
  readonly line: number;
  readonly column: number;
  readonly file: string;
  readonly folder: string;
  readonly message: string;
  readonly rule: string;
  readonly page: string;
}

type Said = { readonly do: 'ready' } | { readonly do: 'scan' } | ({ readonly do: 'open' } & Pick<Row, 'uri' | 'line' | 'column'>);

/** The findings of this session as a page, which stays up to date. */
export function register(_server: Server, context: vscode.ExtensionContext): vscode.Disposable {
  const findings = findingsOf(context);
  let report: Report | undefined;
  return vscode.Disposable.from(
    vscode.commands.registerCommand('unleak.client.report', () => {
      report ??= new Report(findings, () => (report = undefined));
      report.reveal();
    }),
    { dispose: () => report?.dispose() },
  );
}

class Report implements vscode.Disposable {
  private readonly panel = vscode.window.createWebviewPanel('unleak.report', 'unleak: Findings', vscode.ViewColumn.Active, {
    enableScripts: true,
    enableFindWidget: true,
    localResourceRoots: [],
  });
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly findings: Findings,
    gone: () => void,
  ) {
    const listener = findings.onDidChange(() => {
      this.timer ??= setTimeout(() => {
        this.show();
      }, PAUSE);
    });
    this.panel.webview.onDidReceiveMessage((said: Said) => this.hear(said));
    this.panel.onDidDispose(() => {
      clearTimeout(this.timer);
      listener.dispose();
      gone();
    });
    this.panel.webview.html = page(randomBytes(16).toString('base64'));
  }

  reveal(): void {
    this.panel.reveal();
  }

  dispose(): void {
    this.panel.dispose();
  }

  private show(): void {
    this.timer = undefined;
    // A page that is not visible asks again when it is.
    void this.panel.webview.postMessage(shownOf(this.findings));
  }

  private async hear(said: Said): Promise<void> {
    if (said.do === 'ready') this.show();
    else if (said.do === 'scan') await vscode.commands.executeCommand('unleak.client.scanWorkspace');
    else await this.open(said.uri, said.line, said.column);
  }

  private async open(uri: string, line: number, column: number): Promise<void> {
    const found = this.findings
      .of(vscode.Uri.parse(uri))
      .find(({ range: { start } }) => start.line === line && start.character === column);
    if (found === undefined) return;
    const cell = found.uri.scheme === 'vscode-notebook-cell';
    if (cell) await vscode.commands.executeCommand('vscode.open', found.uri, { selection: found.range });
    else await vscode.window.showTextDocument(found.uri, { selection: found.range });
  }
}

function shownOf(findings: Findings): Shown {
  const all = findings.sorted();
  const { files, by } = findings.counts();
  const rows = all.slice(0, MOST);
  const groups = SEVERITIES.map((severity) => {
    const count = by.get(severity) ?? 0;
    const own = rows.filter((each) => each.severity === severity).map(rowOf);
    return { level: vscode.DiagnosticSeverity[severity].toLowerCase(), count, titles: MEANINGS[severity], rows: own };
  });
  const said = all.length === 0 ? 'Nothing was found so far.' : `${counted(all.length, 'finding')} in ${counted(files, 'file')}.`;
  const left = all.length > MOST ? `${counted(all.length - MOST, 'finding')} more are not shown here.` : '';
  return { said, groups, left };
}

function rowOf({ uri, range: { start }, message, rule, page: about }: Finding): Row {
  const path = vscode.workspace.asRelativePath(uri);
  const cut = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1;
  return {
    uri: uri.toString(),
    line: start.line,
    column: start.character,
    file: path.slice(cut),
    folder: path.slice(0, Math.max(0, cut - 1)),
    message,
    rule,
    page: about !== undefined && /^https?$/.test(about.scheme) ? about.toString() : '',
  };
}
