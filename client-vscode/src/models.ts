import * as vscode from 'vscode';

import { runShown } from './commands';
import type { Server } from './server';
import { sized } from './wording';

/** A judge or an adapter, as `unleak.model.list` tells of it. */
interface Model {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly kind: 'judge' | 'adapter';
  /** Id of the judge that an adapter belongs to, else empty. */
  readonly base: string;
  readonly installed: boolean;
  readonly current: boolean;
  readonly bundled: boolean;
  /** In bytes. */
  readonly size: number;
  readonly licence: string;
  /** One sentence: what was measured, or that nothing was. */
  readonly quality: string;
  readonly source: string;
  /** Whether the finder can read files with it; undefined where an older server does not say. */
  readonly readsWhole?: boolean;
}

interface Listed {
  readonly current: string;
  readonly models: readonly Model[];
}

const VERIFY: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('verified'), tooltip: 'Verify its files' };
const REMOVE: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('trash'), tooltip: 'Remove it from this machine' };

const REPOSITORY = /^[\w.-]+\/[\w.-]+(@[\w./-]+)?$/;

interface Choice extends vscode.QuickPickItem {
  readonly model?: Model;
  readonly run?: (server: Server) => Promise<void>;
}

/** Choosing, getting, importing, verifying and removing judges and adapters. */
export function register(server: Server): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.commands.registerCommand('unleak.client.chooseJudge', () => choose(server, false)),
    vscode.commands.registerCommand('unleak.client.getModel', () => choose(server, true)),
    vscode.commands.registerCommand('unleak.client.importModel', () => importModel(server)),
  );
}

/** Has a person choose among all, or `onlyNew` among those that are not installed. */
async function choose(server: Server, onlyNew: boolean): Promise<void> {
  const listed = await server.run<Listed>('unleak.model.list', {});
  if (listed === undefined) return;
  const models = listed.models.filter(({ installed }) => !(onlyNew && installed));
  const picked = await pick(onlyNew ? 'Download a judge or an adapter' : 'Choose the judge', models, listed);
  if (picked === undefined) return;
  const { item, button } = picked;
  if (item.model === undefined) await item.run?.(server);
  else if (button === VERIFY) await verify(server, item.model);
  else if (button === REMOVE) await remove(server, item.model);
  else if (item.model.installed) await use(server, item.model);
  else await download(server, item.model, listed);
}

function pick(
  title: string,
  models: readonly Model[],
  listed: Listed,
): Promise<{ item: Choice; button?: vscode.QuickInputButton } | undefined> {
  const box = vscode.window.createQuickPick<Choice>();
  box.title = title;
  box.placeholder = 'Everything is read on this machine; a download asks first';
  box.matchOnDescription = box.matchOnDetail = true;
  box.items = [
    ...headed('In use', models.filter(({ current }) => current), listed),
    ...headed('Installed', models.filter(({ current, installed }) => installed && !current), listed),
    ...headed('To download', models.filter(({ installed }) => !installed), listed),
    { label: 'From elsewhere', kind: vscode.QuickPickItemKind.Separator },
    { label: '$(cloud-download) Download from a repository of the Hugging Face Hub…', run: fromRepository },
    { label: '$(folder-opened) Import a file or folder…', run: importModel },
  ];
  return new Promise((resolve) => {
    box.onDidAccept(() => {
      const item = box.selectedItems[0];
      resolve(item && { item });
      box.hide();
    });
    box.onDidTriggerItemButton(({ item, button }) => {
      resolve({ item, button });
      box.hide();
    });
    box.onDidHide(() => {
      resolve(undefined);
      box.dispose();
    });
    box.show();
  });
}

function headed(label: string, models: readonly Model[], listed: Listed): Choice[] {
  if (models.length === 0) return [];
  return [{ label, kind: vscode.QuickPickItemKind.Separator }, ...models.map((model) => choiceOf(model, listed))];
}

function choiceOf(model: Model, listed: Listed): Choice {
  const icon = model.current ? 'check' : model.installed ? 'package' : 'cloud-download';
  const origin = model.bundled ? 'comes with unleak' : '';
  const reads = model.readsWhole ? 'reads files whole' : '';
  return {
    label: `$(${icon}) ${titleOf(model)}`,
    description: [kindOf(model, listed), reads, sized(model.size), model.licence, origin].filter(Boolean).join(' · '),
    detail: qualityOf(model),
    buttons: model.installed ? [VERIFY, ...(model.bundled || model.current ? [] : [REMOVE])] : [],
    model,
  };
}

function titleOf({ name, version }: Model): string {
  return [name, version].filter(Boolean).join(' ');
}

function isMeasured({ quality }: Model): boolean {
  return !['', 'not measured'].includes(quality);
}

function qualityOf(model: Model): string {
  return isMeasured(model) ? model.quality : 'How well it judges was not measured.';
}

function kindOf({ kind, base }: Model, { models }: Listed): string {
  if (kind === 'judge') return 'judge';
  const under = models.find(({ id }) => id === base);
  return `adapter for ${under ? titleOf(under) : base}`;
}

async function use(server: Server, model: Model): Promise<void> {
  if (model.current) {
    void vscode.window.showInformationMessage(`${titleOf(model)} is in use already. ${qualityOf(model)}`);
    return;
  }
  const answer = await server.run<{ used: string }>('unleak.model.use', { id: model.id });
  if (!answer) return;
  const warned = isMeasured(model) ? '' : ` ${qualityOf(model)}`;
  void vscode.window.showInformationMessage(`${titleOf(model)} is the judge now. Open files are read again.${warned}`);
}

async function download(server: Server, model: Model, listed: Listed): Promise<void> {
  const yes = 'Download';
  const detail = [
    `What: ${kindOf(model, listed)}`,
    `Size: ${sized(model.size)}`,
    `From: ${model.source || 'the catalogue does not say'}`,
    `Licence: ${model.licence || 'the catalogue does not say'}`,
    `Quality: ${qualityOf(model)}`,
    '',
    'It is kept on this machine. Nothing of your files is sent.',
  ].join('\n');
  const said = `Download ${titleOf(model)}?`;
  if ((await vscode.window.showInformationMessage(said, { modal: true, detail }, yes)) !== yes) return;
  const title = `Downloading ${titleOf(model)}`;
  const answer = await runShown(server, title, 'unleak.model.pull', { id: model.id });
  if (answer !== undefined) await offerUse(server, model.id, `${titleOf(model)} is installed.`);
}

/** A judge that no catalogue names: a team's own, say. The server asks for a token where the repository is private. */
async function fromRepository(server: Server): Promise<void> {
  const id = (
    await vscode.window.showInputBox({
      title: 'Download a judge or an adapter',
      prompt: 'The repository as owner/name, or owner/name@revision',
      placeHolder: 'owner/name',
      ignoreFocusOut: true,
      validateInput: (text) => (REPOSITORY.test(text.trim()) ? undefined : 'This is no owner/name.'),
    })
  )?.trim();
  if (!id) return;
  const yes = 'Download';
  const detail =
    'From: the Hugging Face Hub\n\nIt is compared with its manifest and kept on this machine. Nothing of your files is sent.';
  if ((await vscode.window.showInformationMessage(`Download ${id}?`, { modal: true, detail }, yes)) !== yes) return;
  const answer = await runShown<{ pulled: string }>(server, `Downloading ${id}`, 'unleak.model.pull', { id });
  if (answer) await offerUse(server, answer.pulled, `${answer.pulled} is installed.`);
}

async function importModel(server: Server): Promise<void> {
  const folder = { label: '$(folder) A folder', detail: 'A judge as a bundle: its files beside their manifest' };
  const file = { label: '$(file) A file', detail: 'A judge or an adapter that was packed into one file' };
  const kind = await vscode.window.showQuickPick([folder, file], { title: 'Import a judge or an adapter' });
  if (kind === undefined) return;
  const isFolder = kind === folder;
  const [source] =
    (await vscode.window.showOpenDialog({
      title: 'Import a judge or an adapter',
      openLabel: 'Import',
      canSelectFiles: !isFolder,
      canSelectFolders: isFolder,
    })) ?? [];
  if (source === undefined) return;
  const answer = await runShown<{ imported: string }>(server, 'Importing', 'unleak.model.import', { path: source.fsPath });
  if (answer) await offerUse(server, answer.imported, `${answer.imported} is imported.`);
}

async function offerUse(server: Server, id: string, said: string): Promise<void> {
  const yes = 'Use It Now';
  if ((await vscode.window.showInformationMessage(said, yes)) !== yes) return;
  const listed = await server.run<Listed>('unleak.model.list', {});
  const model = listed?.models.find((each) => each.id === id);
  if (model) await use(server, model);
}

async function verify(server: Server, model: Model): Promise<void> {
  const title = `Verifying ${titleOf(model)}`;
  const answer = await runShown<{ ok: boolean; problem: string }>(server, title, 'unleak.model.verify', { id: model.id });
  if (answer?.ok) void vscode.window.showInformationMessage(`${titleOf(model)} is whole: its files are those of its manifest.`);
  else if (answer) void vscode.window.showErrorMessage(`${titleOf(model)} is not as it should be. ${answer.problem}`);
}

async function remove(server: Server, model: Model): Promise<void> {
  const yes = 'Remove';
  const detail = `${sized(model.size)} on this machine. It can be downloaded or imported again.`;
  const said = `Remove ${titleOf(model)}?`;
  if ((await vscode.window.showWarningMessage(said, { modal: true, detail }, yes)) !== yes) return;
  const answer = await server.run<{ removed: string }>('unleak.model.remove', { id: model.id });
  if (answer) void vscode.window.showInformationMessage(`${titleOf(model)} is removed.`);
}
