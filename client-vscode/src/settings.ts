import * as vscode from 'vscode';
import { effective, ofTheUser, SENT, type Settings, type View } from './settings-overlay';

/** The settings of the person alone, for the start: nothing of a workspace is in them. */
export function userSettings(): Settings {
  return ofTheUser(viewOf(null));
}

/** The settings in force for a folder, or for all when it is undefined. */
export function settingsFor(scope: vscode.Uri | undefined): Settings {
  return effective(viewOf(scope ?? null));
}

/** Whether a change is one that the server has to know. */
export function concernsServer(change: vscode.ConfigurationChangeEvent): boolean {
  return SENT.some((key) => change.affectsConfiguration(`unleak.${key}`));
}

/** Whether a change holds from the next start of the server on only. */
export function needsRestart(change: vscode.ConfigurationChangeEvent): boolean {
  return change.affectsConfiguration('unleak.path') || change.affectsConfiguration('unleak.feedback');
}

function viewOf(uri: vscode.Uri | null): View {
  return (languageId) => {
    const scope = languageId === undefined ? uri : { languageId, ...(uri ? { uri } : {}) };
    const configuration = vscode.workspace.getConfiguration('unleak', scope);
    return { get: (key) => configuration.get(key), inspect: (key) => configuration.inspect(key) };
  };
}
