import * as vscode from 'vscode';

import { addedLines } from './added-lines';
import { findingsOf, type Findings } from './findings';
import { type Git, type Repository, watchGit } from './git-api';
import type { Server } from './server';
import { type Staged, StagedChanges } from './staged';
import { counted } from './wording';

const MOST = 10; // places named in one message
const ANYWAY = 'Commit Anyway';
const SHOW = 'Show';

/**
 * Lists staged secrets before a commit.
 *
 * VS Code has no event before a commit that an extension could stop. So there are three nets:
 * - `unleak.client.commit`, which has the keys and the button of a commit while secrets are staged or staged changes
 *   were not read yet, lists them and asks;
 * - while secrets are staged, the branch counts as protected, and git's own commit commands ask, too;
 * - a commit of git's commands that went past both, such as one that stages by itself, is named, with a way to undo it
 *   before it is pushed.
 * A commit in a terminal meets none of them: there is the warning in the status bar once something is staged, and a git
 * hook with `unleak scan --staged` stops it.
 */
export function register(server: Server, context: vscode.ExtensionContext): vscode.Disposable {
  const guard = new Guard(server, findingsOf(context));
  const lookAgain = (): void => {
    guard.lookAgain();
  };
  return vscode.Disposable.from(
    guard,
    watchGit((git) => {
      guard.use(git);
    }),
    findingsOf(context).onDidChange((files) => {
      guard.reconsider(files);
    }),
    server.onDidChangeState(lookAgain),
    vscode.workspace.onDidGrantWorkspaceTrust(lookAgain),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('unleak.commitGuard')) lookAgain();
    }),
    vscode.commands.registerCommand('unleak.client.commit', (from?: unknown) => guard.commit(from)),
    vscode.commands.registerCommand('unleak.client.commitAnyway', () => guard.commitAnyway()),
    vscode.commands.registerCommand('unleak.client.showStaged', () => guard.showStaged()),
  );
}

class Guard implements vscode.Disposable {
  private git: Git | undefined;
  private listeners: vscode.Disposable[] = [];
  private readonly watched = new Map<string, StagedChanges>();
  private readonly item = vscode.window.createStatusBarItem('unleak.staged', vscode.StatusBarAlignment.Left, 5);
  private told = '';

  constructor(
    private readonly server: Server,
    private readonly findings: Findings,
  ) {
    this.item.name = 'unleak: staged secrets';
    this.item.command = 'unleak.client.showStaged';
    this.item.backgroundColor = new vscode.ThemeColor('statusBarItem.warningBackground');
  }

  use(git: Git | undefined): void {
    vscode.Disposable.from(...this.listeners).dispose();
    const lookAgain = (): void => {
      this.lookAgain();
    };
    this.listeners = git ? [git.onDidOpenRepository(lookAgain), git.onDidCloseRepository(lookAgain)] : [];
    this.git = git;
    this.lookAgain();
  }

  /** Has held changes read again whose files have other findings now: a baseline or a setting may allow them. */
  reconsider(files: readonly vscode.Uri[]): void {
    const keys = new Set(files.map((uri) => uri.toString()));
    for (const changes of this.held())
      if (changes.secrets.some(({ uri }) => keys.has(vscode.Uri.parse(uri).toString()))) changes.look(true);
  }

  /** Watches the repositories for which the guard is on, and no others. */
  lookAgain(): void {
    const wanted = new Map((this.git?.repositories ?? []).filter((each) => this.isOnIn(each)).map((each) => [each.rootUri.toString(), each]));
    for (const [key, changes] of this.watched) {
      if (wanted.has(key)) continue;
      changes.dispose();
      this.watched.delete(key);
    }
    for (const [key, repository] of wanted) if (!this.watched.has(key)) this.watch(key, repository);
    this.show();
  }

  /** Checks what is staged, asks if that is needed, and commits. */
  async commit(from: unknown): Promise<void> {
    const changes = await this.chosen(from);
    if (changes === undefined) {
      await vscode.commands.executeCommand('git.commit', from);
      return;
    }
    const staged = await stagedAll(changes.repository);
    const where = { location: vscode.ProgressLocation.SourceControl };
    await vscode.window.withProgress(where, () => changes.readNow(true));
    if (changes.state === 'clean') {
      await vscode.commands.executeCommand('git.commit', changes.root);
      return;
    }
    const answer = await asked(changes);
    if (answer === ANYWAY) {
      await changes.allowing(() => vscode.commands.executeCommand('git.commit', changes.root));
      return;
    }
    if (staged.length > 0) await changes.repository.revert?.(staged);
    if (answer === SHOW) await choosePlace([changes]);
  }

  /** Commits what is held, and asks no more. */
  async commitAnyway(): Promise<void> {
    const held = this.held();
    const changes = held.length === 1 ? held[0] : await this.chosen(undefined);
    await changes?.allowing(() => vscode.commands.executeCommand('git.commit', changes.root));
  }

  async showStaged(): Promise<void> {
    await choosePlace(this.held());
  }

  dispose(): void {
    vscode.Disposable.from(...this.listeners, ...this.watched.values(), this.item).dispose();
    this.watched.clear();
    void setContext('unleak.commitHeld', false);
    void setContext('unleak.commitGuarded', false);
  }

  private isOnIn(repository: Repository): boolean {
    const isOn = vscode.workspace.getConfiguration('unleak', repository.rootUri).get<boolean>('commitGuard', true);
    return isOn && vscode.workspace.isTrusted && this.server.state.kind === 'running';
  }

  private watch(key: string, repository: Repository): void {
    if (this.git === undefined) return;
    const changes = new StagedChanges(this.git, repository, this.server);
    this.watched.set(key, changes);
    changes.onDidChange(() => {
      this.show();
    });
    repository.onDidCommit?.(() => void this.committed(changes));
  }

  private held(): StagedChanges[] {
    return [...this.watched.values()].filter(({ state }) => state === 'held');
  }

  /** Whether everything that is staged was read. */
  private isSettled(): boolean {
    return this.server.state.kind === 'running' && [...this.watched.values()].every(({ state }) => state !== 'unknown');
  }

  /** Has the window show what is held. */
  private show(): void {
    const held = this.held();
    const secrets = held.flatMap(({ secrets }) => secrets);
    void setContext('unleak.commitHeld', held.length > 0);
    void setContext('unleak.commitGuarded', [...this.watched.values()].some(({ state }) => state !== 'clean'));
    if (secrets.length === 0) {
      if (this.isSettled()) this.told = '';
      this.item.hide();
      return;
    }
    const said = counted(secrets.length, 'staged secret');
    this.item.text = `$(shield) ${said}`;
    this.item.tooltip = new vscode.MarkdownString(`${placesOf(secrets, '\n\n')}\n\nA commit asks first.`);
    this.item.show();
    const places = secrets.map(placeOf).join('\n');
    if (places === this.told) return;
    this.told = places;
    const advice = 'Until they are taken out, a commit asks first, as for a protected branch.';
    void vscode.window.showWarningMessage(`${said}: ${placesOf(secrets, ', ', 3)}. ${advice}`, SHOW).then((chosen) => {
      if (chosen === SHOW) return this.showStaged();
      return undefined;
    });
  }

  /** The repository that a commit is about; undefined where none is watched, or none is chosen. */
  private async chosen(from: unknown): Promise<StagedChanges | undefined> {
    const root = (from as { readonly rootUri?: vscode.Uri } | undefined)?.rootUri?.toString();
    const all = [...this.watched.values()];
    if (root !== undefined) return this.watched.get(root);
    if (all.length < 2) return all[0];
    const selected = all.filter(({ repository }) => repository.ui.selected);
    if (selected.length === 1) return selected[0];
    const items = all.map((changes) => ({ label: changes.name, description: changes.root.fsPath, changes }));
    return (await vscode.window.showQuickPick(items, { placeHolder: 'The repository to commit' }))?.changes;
  }

  /** Names secrets of a commit about which nobody was asked. */
  private async committed(changes: StagedChanges): Promise<void> {
    const { state, secrets, repository } = changes;
    if (changes.isBeingAllowed || (state === 'held' && changes.isProtected && branchesAsk(changes.root))) return;
    const places = state === 'held' ? secrets.map(placeOf) : await this.newPlaces(repository);
    if (places.length === 0) return;
    const undo = 'Undo Last Commit';
    const named = places.slice(0, 3).join(', ') + (places.length > 3 ? ', …' : '');
    const said = `${counted(places.length, 'secret')} came in with the last commit: ${named}. Undo it before it is pushed.`;
    const chosen = await vscode.window.showWarningMessage(said, undo);
    if (chosen === undo) await vscode.commands.executeCommand('git.undoCommit', changes.root);
  }

  /** Where findings that are known stand on lines that the last commit has added. */
  private async newPlaces(repository: Repository): Promise<string[]> {
    const places: string[] = [];
    try {
      for (const { uri } of await repository.diffBetween('HEAD~1', 'HEAD')) {
        const known = this.findings.of(uri).filter(({ severity }) => severity <= vscode.DiagnosticSeverity.Warning);
        if (known.length === 0) continue;
        const added = addedLines(await repository.diffBetween('HEAD~1', 'HEAD', uri.fsPath));
        const fresh = known.filter(({ range }) => added.has(range.start.line));
        places.push(...fresh.map(({ range }) => `${vscode.workspace.asRelativePath(uri)}:${range.start.line + 1}`));
      }
    } catch {
      // The first commit of all has nothing before it.
    }
    return places;
  }
}

/** Stages what git's smart commit would; the paths, for taking it back. */
async function stagedAll(repository: Repository): Promise<string[]> {
  const { indexChanges, workingTreeChanges, untrackedChanges = [] } = repository.state;
  const settings = vscode.workspace.getConfiguration('git', repository.rootUri);
  if (indexChanges.length > 0 || !settings.get<boolean>('enableSmartCommit', false) || !repository.add) return [];
  const all = settings.get<string>('smartCommitChanges') === 'tracked' ? [] : untrackedChanges;
  const paths = [...workingTreeChanges, ...all].map(({ uri }) => uri.fsPath);
  if (paths.length > 0) await repository.add(paths);
  return paths;
}

async function asked(changes: StagedChanges): Promise<string | undefined> {
  const { secrets, problem } = changes;
  if (secrets.length === 0) {
    const said = 'The staged changes could not be read.';
    return vscode.window.showWarningMessage(said, { modal: true, detail: problem }, ANYWAY);
  }
  const said = `${counted(secrets.length, 'secret')} would be committed.`;
  const detail = `${placesOf(secrets, '\n', MOST)}\n\nOnce it is pushed, a secret has to be replaced.`;
  return vscode.window.showWarningMessage(said, { modal: true, detail }, SHOW, ANYWAY);
}

async function choosePlace(all: readonly StagedChanges[]): Promise<void> {
  const secrets = all.flatMap(({ secrets }) => secrets);
  const items = secrets.map((secret) => ({ label: placeOf(secret), description: secret.rule, detail: secret.message, secret }));
  const placeHolder = 'Staged secrets. Move one out of the file, then stage the file again';
  const chosen = items.length === 1 ? items[0] : await vscode.window.showQuickPick(items, { placeHolder, matchOnDetail: true });
  if (chosen === undefined) return;
  const { uri, line, column, endLine, endColumn } = chosen.secret;
  const selection = new vscode.Range(line, column, endLine, endColumn);
  await vscode.window.showTextDocument(vscode.Uri.parse(uri), { selection });
}

function placeOf({ path, line }: Staged): string {
  return `${path}:${line + 1}`;
}

function placesOf(secrets: readonly Staged[], between: string, most = MOST): string {
  const named = secrets.slice(0, most).map(placeOf);
  return [...named, ...(secrets.length > most ? [`${secrets.length - most} more`] : [])].join(between);
}

function branchesAsk(root: vscode.Uri): boolean {
  return vscode.workspace.getConfiguration('git', root).get('branchProtectionPrompt') !== 'alwaysCommit';
}

function setContext(key: string, value: boolean): Thenable<unknown> {
  return vscode.commands.executeCommand('setContext', key, value);
}
