/**
 * The languages of the window. Convention: a part of the window has one file per language, with the same keys; a test
 * compares them. Errors of the engine are translated by their code, and otherwise said as they are.
 */
import { createI18n } from 'vue-i18n';
import { en } from './en/en.ts';
import { zhCN } from './zh-CN/zh-cn.ts';

export const languages = { en: 'English', 'zh-CN': '简体中文' } as const;
export type Language = keyof typeof languages;

export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  messages: { en, 'zh-CN': zhCN },
});

/** The language of the system, where there is one for it. */
export function systemLanguage(): Language {
  return navigator.languages[0]?.toLowerCase().startsWith('zh') === true ? 'zh-CN' : 'en';
}

export function setLanguage(language: Language): void {
  i18n.global.locale.value = language;
}

/** For stores and commands, which are no components. */
export function translate(key: string, values: Record<string, unknown> = {}): string {
  return i18n.global.t(key, values);
}
