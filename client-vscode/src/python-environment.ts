import * as vscode from 'vscode';

const WAIT_MS = 5000;

/** What is used of the extension "Python Environments". */
interface Environments {
  getEnvironment(scope: vscode.Uri | undefined): Promise<{ execInfo?: { run?: { executable?: string } } } | undefined>;
  onDidChangeEnvironment?: vscode.Event<unknown>;
}

/** What is used of the extension "Python". */
interface Python {
  environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    resolveEnvironment(environment: { path: string }): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
    onDidChangeActiveEnvironmentPath?: vscode.Event<unknown>;
  };
}

/** The interpreter that the person has selected for the first folder; undefined when neither extension is there. */
export async function selectedPython(): Promise<string | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const environments = await environmentsApi();
  const selected = await inTime(environments?.getEnvironment(folder));
  if (selected?.execInfo?.run?.executable) return selected.execInfo.run.executable;
  const python = (await pythonApi())?.environments;
  if (python === undefined) return undefined;
  return (await inTime(python.resolveEnvironment(python.getActiveEnvironmentPath(folder))))?.executable.uri?.fsPath;
}

/** Hears when another environment is selected. */
export async function onDidChangeSelectedPython(listener: () => void): Promise<vscode.Disposable> {
  const heard = [
    (await environmentsApi())?.onDidChangeEnvironment?.(listener),
    (await pythonApi())?.environments?.onDidChangeActiveEnvironmentPath?.(listener),
  ];
  return vscode.Disposable.from(...heard.filter((one) => one !== undefined));
}

function environmentsApi(): Promise<Environments | undefined> {
  return api<Environments>('ms-python.vscode-python-envs');
}

function pythonApi(): Promise<Python | undefined> {
  return api<Python>('ms-python.python');
}

async function api<T>(id: string): Promise<T | undefined> {
  const extension = vscode.extensions.getExtension<T | undefined>(id);
  return await inTime(extension?.isActive ? Promise.resolve(extension.exports) : extension?.activate());
}

/** What came of `work`; undefined when it fails or takes too long, for an extension of others must not hold up ours. */
async function inTime<T>(work: Thenable<T> | undefined): Promise<T | undefined> {
  if (work === undefined) return undefined;
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, WAIT_MS, undefined));
  try {
    return await Promise.race([work, late]);
  } catch {
    return undefined;
  }
}
