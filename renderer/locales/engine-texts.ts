/**
 * What the engine says, as a person reads it: its errors, its notes on files, what computes. Convention: English is the
 * engine's own sentence; in another language there is a text for each code, and where that is only the gist, the
 * sentence with its names and numbers comes with it as `detail`.
 */
import { fallbackText } from '../../engine/contract/fallback.ts';
import type { Fallback } from '../../engine/contract/fallback.ts';
import { i18n, translate } from './i18n.ts';
import { gists } from './zh-CN/errors/errors.ts';

/** Anything with a code: an error, a note on a file, a warning. */
export interface Said {
  readonly code: string;
  readonly message: string;
  readonly path?: string | undefined;
}

export interface EngineText {
  readonly text: string;
  /** The engine's own sentence, in small print; in English. */
  readonly detail?: string | undefined;
}

/** What the engine says without a code, and the window gives one. */
export const ownCodes = ['compute-fallback'] as const;

export function textOf({ code, message, path }: Said): EngineText {
  if (!i18n.global.te(`errors.${code}`, i18n.global.locale.value)) return { text: message };
  const text = translate(`errors.${code}`, { path: path ?? translate('shell.thisFile') });
  return gists.has(code) && i18n.global.locale.value !== 'en' && message !== '' ? { text, detail: message } : { text };
}

/** Beside its path, which need not be said again. */
export function reasonOf(said: Said & { readonly path: string }): EngineText {
  const { text, detail } = textOf(said);
  return { text: text.startsWith(said.path) ? text.slice(said.path.length).replace(/^[:：\s]+/, '') : text, detail };
}

export function textOfError(error: unknown): EngineText {
  const said = saidBy(error);
  return said === undefined ? { text: error instanceof Error ? error.message : String(error) } : textOf(said);
}

/** In one line, for the middle of a sentence. */
export function errorText(error: unknown): string {
  return textOfError(error).text;
}

/** Why it is not computed as one would expect. */
export function textOfFallback(fallback: Fallback): EngineText {
  return textOf({ code: 'compute-fallback', message: fallbackText(fallback) });
}

export function isAborted(error: unknown): boolean {
  return saidBy(error)?.code === 'aborted' || (error instanceof Error && error.name === 'AbortError');
}

function saidBy(error: unknown): Said | undefined {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return undefined;
  const path = 'path' in error && typeof error.path === 'string' ? { path: error.path } : {};
  return { code: error.code, message: error.message, ...path };
}
