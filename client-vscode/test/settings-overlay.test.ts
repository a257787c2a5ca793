import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { effective, type Inspected, ofTheUser, type View } from '../src/settings-overlay';

interface Given {
  readonly user?: unknown;
  readonly workspace?: unknown;
  readonly userFor?: Readonly<Record<string, unknown>>;
  readonly workspaceFor?: Readonly<Record<string, unknown>>;
}

/** Settings as VS Code shows them: what is nearer wins, and what is for the language wins over all that is not. */
function viewOf(all: Readonly<Record<string, Given>>): View {
  return (language = '') => ({
    get: (key) => {
      const given = all[key];
      return given?.workspaceFor?.[language] ?? given?.userFor?.[language] ?? given?.workspace ?? given?.user;
    },
    inspect: (key): Inspected | undefined => {
      const given = all[key];
      if (given === undefined) return undefined;
      return {
        globalValue: given.user,
        globalLanguageValue: given.userFor?.[language],
        workspaceLanguageValue: given.workspaceFor?.[language],
        languageIds: [...Object.keys(given.userFor ?? {}), ...Object.keys(given.workspaceFor ?? {})],
      };
    },
  });
}

describe('the settings in force', () => {
  it('are nested by the dots in their names', () => {
    const view = viewOf({ enable: { user: true }, 'judge.run': { user: 'onType' }, 'judge.threads': { user: 2 } });
    assert.deepEqual(effective(view), { enable: true, judge: { run: 'onType', threads: 2 }, languages: {} });
  });

  it('leave out what has no value', () => {
    assert.deepEqual(effective(viewOf({ 'judge.budget': { user: null } })), { languages: {} });
  });

  it('hold under languages only what is different there', () => {
    const view = viewOf({
      enable: { user: true, userFor: { markdown: false } },
      minSeverity: { user: 'information', workspaceFor: { markdown: 'error', python: 'hint' } },
    });
    assert.deepEqual(effective(view), {
      enable: true,
      minSeverity: 'information',
      languages: { markdown: { enable: false, minSeverity: 'error' }, python: { minSeverity: 'hint' } },
    });
  });

  it('take a language from the nearest place that speaks of it', () => {
    const view = viewOf({ minSeverity: { userFor: { python: 'hint' }, workspaceFor: { python: 'error' } } });
    assert.deepEqual(effective(view)['languages'], { python: { minSeverity: 'error' } });
  });
});

describe('the settings of the person', () => {
  it('hold nothing of the workspace', () => {
    const view = viewOf({
      enable: { user: true, workspace: false },
      disabledRules: { workspace: ['jwt-token'], workspaceFor: { python: ['jwt-token'] } },
      minSeverity: { userFor: { python: 'hint' }, workspaceFor: { python: 'error' } },
      'judge.enabled': { workspace: false },
    });
    assert.deepEqual(ofTheUser(view), { enable: true, languages: { python: { minSeverity: 'hint' } } });
  });
});
