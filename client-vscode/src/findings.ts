import * as vscode from 'vscode';

/** One finding as its diagnostic says it: never the value. */
export interface Finding {
  readonly uri: vscode.Uri;
  readonly range: vscode.Range;
  readonly severity: vscode.DiagnosticSeverity;
  readonly rule: string;
  readonly page: vscode.Uri | undefined;
  readonly message: string;
}

/** From what matters most to what matters least. */
export const SEVERITIES = [
  vscode.DiagnosticSeverity.Error,
  vscode.DiagnosticSeverity.Warning,
  vscode.DiagnosticSeverity.Information,
  vscode.DiagnosticSeverity.Hint,
] as const;

/** What a severity means, for one finding and for several. */
export const MEANINGS: Readonly<Record<vscode.DiagnosticSeverity, readonly [one: string, many: string]>> = {
  [vscode.DiagnosticSeverity.Error]: ['live-looking credential', 'live-looking credentials'],
  [vscode.DiagnosticSeverity.Warning]: ['likely secret', 'likely secrets'],
  [vscode.DiagnosticSeverity.Information]: ['test or sample credential', 'test or sample credentials'],
  [vscode.DiagnosticSeverity.Hint]: ['weak hint', 'weak hints'],
};

const shared = new WeakMap<vscode.ExtensionContext, Findings>();

/** The findings of this window; one object for all who show them. */
export function findingsOf(context: vscode.ExtensionContext): Findings {
  let findings = shared.get(context);
  if (findings === undefined) {
    findings = new Findings();
    shared.set(context, findings);
    context.subscriptions.push(findings);
  }
  return findings;
}

/** What the diagnostics of unleak say in all files, kept up to date. */
export class Findings implements vscode.Disposable {
  private readonly files = new Map<string, readonly Finding[]>();
  private readonly changed = new vscode.EventEmitter<readonly vscode.Uri[]>();
  private readonly listener: vscode.Disposable;
  /** Files whose findings are others now. */
  readonly onDidChange = this.changed.event;

  constructor() {
    for (const [uri, diagnostics] of vscode.languages.getDiagnostics()) this.take(uri, diagnostics);
    this.listener = vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      const others = uris.filter((uri) => this.take(uri, vscode.languages.getDiagnostics(uri)));
      if (others.length > 0) this.changed.fire(others);
    });
  }

  of(uri: vscode.Uri): readonly Finding[] {
    return this.files.get(uri.toString()) ?? [];
  }

  /** All findings: by severity, then by file, then by place. */
  sorted(): Finding[] {
    const keyed = [...this.files.values()].flat().map((finding) => ({ finding, path: finding.uri.path }));
    keyed.sort(
      (a, b) =>
        a.finding.severity - b.finding.severity ||
        (a.path < b.path ? -1 : a.path > b.path ? 1 : 0) ||
        a.finding.range.start.compareTo(b.finding.range.start),
    );
    return keyed.map(({ finding }) => finding);
  }

  /** How many findings there are of each severity, and in how many files. */
  counts(): { readonly files: number; readonly by: ReadonlyMap<vscode.DiagnosticSeverity, number> } {
    const by = new Map<vscode.DiagnosticSeverity, number>(SEVERITIES.map((severity) => [severity, 0]));
    for (const findings of this.files.values())
      for (const { severity } of findings) by.set(severity, (by.get(severity) ?? 0) + 1);
    return { files: this.files.size, by };
  }

  get total(): number {
    let total = 0;
    for (const findings of this.files.values()) total += findings.length;
    return total;
  }

  dispose(): void {
    this.listener.dispose();
    this.changed.dispose();
  }

  /** Whether anything of ours was there, or is there now. */
  private take(uri: vscode.Uri, diagnostics: readonly vscode.Diagnostic[]): boolean {
    const key = uri.toString();
    const findings = diagnostics.filter(({ source }) => source === 'unleak').map((each) => findingOf(uri, each));
    const wereThere = this.files.has(key);
    if (findings.length > 0) this.files.set(key, findings);
    else this.files.delete(key);
    return wereThere || findings.length > 0;
  }
}

function findingOf(uri: vscode.Uri, { range, severity, code, message }: vscode.Diagnostic): Finding {
  const linked = typeof code === 'object' ? code : { value: code ?? '', target: undefined };
  return { uri, range, severity, rule: String(linked.value), page: linked.target, message };
}
