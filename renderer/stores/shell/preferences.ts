/**
 * A person's preferences on this machine: language, theme, keys, recent projects. Not what is remembered with a project.
 * Convention: applied at once, written soon after.
 */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { StoredValues } from '../../../engine/contract/preferences.ts';
import type { Bindings } from '../../commands/catalogue.ts';
import { engine } from '../../engine.ts';
import { languages, setLanguage, systemLanguage } from '../../locales/i18n.ts';
import type { Language } from '../../locales/i18n.ts';
import { isRecord } from './is-record.ts';

export type Theme = 'system' | 'dark' | 'light';

export interface RecentProject {
  readonly folder: string;
  readonly openedAt: string;
}

export interface PreferenceValues {
  readonly language?: Language;
  readonly theme?: Theme;
  readonly keys?: Partial<Bindings>;
  readonly recent?: readonly RecentProject[];
  /** The folder of the project that was open when the window was left; null: none was. */
  readonly lastProject?: string | null;
}

const mostRecent = 12;
const writeDelay = 300;

export const usePreferences = defineStore('preferences', () => {
  const values = shallowRef<PreferenceValues>({});
  let unwritten: PreferenceValues = {};
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function load(): Promise<void> {
    apply();
    const answer = await engine.request('preferences.read', {});
    values.value = checked(answer.values);
    apply();
  }

  function set(changed: PreferenceValues): void {
    values.value = { ...values.value, ...changed };
    unwritten = { ...unwritten, ...changed };
    apply();
    clearTimeout(timer);
    timer = setTimeout(() => void write(), writeDelay);
  }

  async function write(): Promise<void> {
    const changed = unwritten;
    unwritten = {};
    // What could not be written is written with the next change.
    // Plain, without what Vue puts around them.
    const plain = JSON.parse(JSON.stringify(changed)) as StoredValues;
    await engine.request('preferences.write', { values: plain }).catch(() => {
      unwritten = { ...changed, ...unwritten };
    });
  }

  function remember(folder: string): void {
    const others = (values.value.recent ?? []).filter((entry) => entry.folder !== folder);
    const recent = [{ folder, openedAt: new Date().toISOString() }, ...others].slice(0, mostRecent);
    set({ recent, lastProject: folder });
  }

  /** No project is open any more. */
  function leave(): void {
    set({ lastProject: null });
  }

  function forget(folder: string): void {
    set({ recent: (values.value.recent ?? []).filter((entry) => entry.folder !== folder) });
  }

  function apply(): void {
    const { language = systemLanguage(), theme = 'dark' } = values.value;
    setLanguage(language);
    document.documentElement.lang = language;
    const light = theme === 'light' || (theme === 'system' && matchMedia('(prefers-color-scheme: light)').matches);
    document.documentElement.dataset['theme'] = light ? 'light' : 'dark';
  }

  matchMedia('(prefers-color-scheme: light)').addEventListener('change', apply);
  return { values, load, set, remember, leave, forget };
});

/** Values of another form, by another version or by hand, are ignored. */
function checked(stored: Readonly<Record<string, unknown>>): PreferenceValues {
  const { language, theme, keys, recent, lastProject } = stored;
  return {
    ...(typeof language === 'string' && language in languages && { language: language as Language }),
    ...((theme === 'system' || theme === 'dark' || theme === 'light') && { theme }),
    ...(isRecord(keys) && {
      keys: Object.fromEntries(
        Object.entries(keys).filter(
          ([, value]) => Array.isArray(value) && value.every((key) => typeof key === 'string'),
        ),
      ),
    }),
    ...(Array.isArray(recent) && {
      recent: recent.filter(
        (entry): entry is RecentProject =>
          isRecord(entry) && typeof entry['folder'] === 'string' && typeof entry['openedAt'] === 'string',
      ),
    }),
    ...((typeof lastProject === 'string' || lastProject === null) && { lastProject }),
  };
}
