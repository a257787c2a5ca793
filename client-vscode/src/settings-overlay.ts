/** Settings as the server reads them: nested, in camel case. */
export type Settings = Record<string, unknown>;

/** What VS Code knows of one setting. */
export interface Inspected {
  readonly globalValue?: unknown;
  readonly globalLanguageValue?: unknown;
  readonly workspaceLanguageValue?: unknown;
  readonly workspaceFolderLanguageValue?: unknown;
  readonly languageIds?: readonly string[];
}

/** The settings as they are for a language, or without one. */
export type View = (language?: string) => {
  get(key: string): unknown;
  inspect(key: string): Inspected | undefined;
};

const BY_LANGUAGE = ['enable', 'minSeverity', 'disabledRules'];

/** The settings that the server has to know. */
export const SENT = [
  ...BY_LANGUAGE,
  'maxFileSize',
  'exclude',
  'extraRules',
  'feedback',
  'judge.enabled',
  'judge.run',
  'judge.idleDelay',
  'judge.threads',
  'judge.budget',
  'judge.cache',
  'finder.enabled',
  'finder.deadline',
];

/** The settings in force, with what is different for a language under `languages`. */
export function effective(view: View): Settings {
  const all = view();
  return withLanguages(
    view,
    (key) => all.get(key),
    (key, language) => {
      const shown = view(language);
      const found = shown.inspect(key);
      const isOverridden =
        (found?.workspaceFolderLanguageValue ?? found?.workspaceLanguageValue ?? found?.globalLanguageValue) !== undefined;
      return isOverridden ? shown.get(key) : undefined;
    },
  );
}

/** The settings that the person has made, without those of any workspace. */
export function ofTheUser(view: View): Settings {
  const all = view();
  return withLanguages(
    view,
    (key) => all.inspect(key)?.globalValue,
    (key, language) => view(language).inspect(key)?.globalLanguageValue,
  );
}

function withLanguages(
  view: View,
  value: (key: string) => unknown,
  valueFor: (key: string, language: string) => unknown,
): Settings {
  const settings: Settings = {};
  for (const key of SENT) {
    put(settings, key, value(key));
  }
  const languages: Record<string, Settings> = {};
  for (const key of BY_LANGUAGE) {
    for (const language of view().inspect(key)?.languageIds ?? []) {
      const own = valueFor(key, language);
      if (own !== undefined) {
        put((languages[language] ??= {}), key, own);
      }
    }
  }
  return { ...settings, languages };
}

function put(settings: Settings, key: string, value: unknown): void {
  if (value === undefined || value === null) {
    return;
  }
  const [first = key, second] = key.split('.');
  if (second === undefined) {
    settings[first] = value;
  } else {
    settings[first] = { ...(settings[first] as Settings | undefined), [second]: value };
  }
}
