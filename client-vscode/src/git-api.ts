import * as vscode from 'vscode';

// The parts of the API of VS Code's Git extension that are used here. What came later than version 1 is optional.

export interface Change {
  readonly uri: vscode.Uri;
}

export interface Repository {
  readonly rootUri: vscode.Uri;
  readonly state: {
    readonly HEAD: { readonly name?: string | undefined; readonly commit?: string | undefined } | undefined;
    readonly indexChanges: readonly Change[];
    readonly workingTreeChanges: readonly Change[];
    readonly untrackedChanges?: readonly Change[];
    readonly onDidChange: vscode.Event<void>;
  };
  readonly ui: { readonly selected: boolean };
  readonly onDidCommit?: vscode.Event<void>;
  add?(paths: string[]): Promise<void>;
  revert?(paths: string[]): Promise<void>;
  diffBetween(from: string, to: string): Promise<readonly Change[]>;
  diffBetween(from: string, to: string, path: string): Promise<string>;
}

export interface BranchProtectionProvider {
  readonly onDidChangeBranchProtection: vscode.Event<vscode.Uri>;
  provideBranchProtection(): { readonly remote: string; readonly rules: { readonly include?: string[] }[] }[];
}

export interface Git {
  readonly repositories: readonly Repository[];
  readonly onDidOpenRepository: vscode.Event<Repository>;
  readonly onDidCloseRepository: vscode.Event<Repository>;
  registerBranchProtectionProvider?(root: vscode.Uri, provider: BranchProtectionProvider): vscode.Disposable;
}

interface GitExtension {
  readonly enabled: boolean;
  readonly onDidChangeEnablement: vscode.Event<boolean>;
  getAPI(version: 1): Git;
}

/** Calls `use` with the API whenever there is one, and with undefined when it goes away. */
export function watchGit(use: (git: Git | undefined) => void): vscode.Disposable {
  const extension = vscode.extensions.getExtension<GitExtension>('vscode.git');
  if (extension === undefined) return new vscode.Disposable(() => undefined);
  let isOver = false;
  let listener: vscode.Disposable | undefined;
  void extension.activate().then(
    (exports) => {
      if (isOver) return;
      const take = (isOn: boolean): void => {
        use(isOn ? exports.getAPI(1) : undefined);
      };
      listener = exports.onDidChangeEnablement(take);
      take(exports.enabled);
    },
    () => undefined, // without git there is nothing to guard
  );
  return new vscode.Disposable(() => {
    isOver = true;
    listener?.dispose();
  });
}
