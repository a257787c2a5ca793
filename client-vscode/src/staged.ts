import { stat } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';

import type { BranchProtectionProvider, Git, Repository } from './git-api';
import type { Server } from './server';

const PAUSE = 400; // milliseconds without a change of the index until it is read
const HOLDS: readonly string[] = ['error', 'warning'];
const SILENT = { report: (): void => undefined }; // this goes on in the background

/** What `unleak.scanStaged` says of one finding; places from 0. */
export interface Staged {
  readonly path: string;
  readonly uri: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly severity: string;
  readonly rule: string;
  readonly message: string;
}

interface Answer {
  readonly findings: readonly Staged[];
  readonly files: number;
  readonly problem: string;
}

/** `unknown`: there are staged changes that were not read yet. */
export type StagedState = 'clean' | 'unknown' | 'held';

/** What is staged in one repository, read again when the index has changed. */
export class StagedChanges implements vscode.Disposable, BranchProtectionProvider {
  readonly root: vscode.Uri;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly protection = new vscode.EventEmitter<vscode.Uri>();
  private readonly listeners: vscode.Disposable[] = [];
  private timer: NodeJS.Timeout | undefined;
  private reading: Promise<void> | undefined;
  private read = '';
  private mustRead = false;
  private isAllowed = false;
  /** Whether git's own commit commands ask while secrets are staged. */
  readonly isProtected: boolean;
  state: StagedState = 'clean';
  secrets: readonly Staged[] = [];
  /** Why the staged changes could not be read, else empty. */
  problem = '';
  readonly onDidChange = this.changed.event;
  readonly onDidChangeBranchProtection = this.protection.event;

  constructor(
    git: Git,
    readonly repository: Repository,
    private readonly server: Server,
  ) {
    this.root = repository.rootUri;
    this.listeners.push(
      repository.state.onDidChange(() => {
        this.look();
      }),
    );
    const registered = git.registerBranchProtectionProvider?.(this.root, this);
    this.isProtected = registered !== undefined;
    if (registered) this.listeners.push(registered);
    this.look();
  }

  get name(): string {
    return path.basename(this.root.fsPath);
  }

  /** Every branch asks before a commit while secrets are staged and nobody has said that this is right. */
  provideBranchProtection(): { remote: string; rules: { include: string[] }[] }[] {
    return this.state === 'held' && !this.isAllowed ? [{ remote: '', rules: [{ include: ['**'] }] }] : [];
  }

  /** Runs `commit` without asking again. */
  async allowing(commit: () => Thenable<unknown>): Promise<void> {
    this.isAllowed = true;
    this.protection.fire(this.root);
    try {
      await commit();
    } finally {
      this.isAllowed = false;
      this.protection.fire(this.root);
    }
  }

  get isBeingAllowed(): boolean {
    return this.isAllowed;
  }

  /** Has the index read soon where it may have changed, or `always`. */
  look(always = false): void {
    this.mustRead ||= always;
    clearTimeout(this.timer);
    if (this.repository.state.indexChanges.length === 0) {
      this.read = '';
      this.become('clean', []);
      return;
    }
    if (this.state === 'clean' && this.read === '') this.become('unknown', []);
    this.timer = setTimeout(() => void this.readNow(false), PAUSE);
  }

  /** Reads the index; unless `always`, only where it is another one than last time. */
  async readNow(always: boolean, token?: vscode.CancellationToken): Promise<void> {
    clearTimeout(this.timer);
    while (this.reading) await this.reading;
    if (this.server.state.kind !== 'running') return;
    this.reading = this.readIndex(always, token);
    try {
      await this.reading;
    } finally {
      this.reading = undefined;
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.isAllowed = true;
    this.protection.fire(this.root);
    vscode.Disposable.from(...this.listeners, this.changed, this.protection).dispose();
  }

  private async readIndex(always: boolean, token?: vscode.CancellationToken): Promise<void> {
    const mark = await this.mark();
    if (!always && !this.mustRead && mark !== '' && mark === this.read) return;
    this.mustRead = false;
    const argument = { folder: this.root.toString() };
    const answer = await this.server.run<Answer>('unleak.scanStaged', argument, token, SILENT);
    if (answer === undefined) return;
    this.read = mark;
    this.problem = answer.problem;
    const secrets = answer.findings.filter(({ severity }) => HOLDS.includes(severity));
    this.become(secrets.length > 0 ? 'held' : answer.problem ? 'unknown' : 'clean', secrets);
  }

  private become(state: StagedState, secrets: readonly Staged[]): void {
    if (state === this.state && same(secrets, this.secrets)) return;
    this.state = state;
    this.secrets = secrets;
    this.protection.fire(this.root);
    this.changed.fire();
  }

  /** What tells one index from another, without reading it; empty where nothing does. */
  private async mark(): Promise<string> {
    try {
      const { mtimeMs, size, ino } = await stat(path.join(this.root.fsPath, '.git', 'index'));
      return `${mtimeMs} ${size} ${ino}`;
    } catch {
      return ''; // a worktree, whose index is elsewhere
    }
  }
}

function same(some: readonly Staged[], others: readonly Staged[]): boolean {
  const keys = (all: readonly Staged[]): string => all.map((each) => `${each.uri} ${each.line} ${each.rule}`).join('\n');
  return keys(some) === keys(others);
}
