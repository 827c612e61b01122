/**
 * What the window tells a person in passing, and what went wrong. Convention: good news goes by itself, an error stays
 * until it is dismissed; each says what happened, what was kept, and what to do.
 */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import { i18n, translate } from '../locales/i18n.ts';

export interface Notice {
  readonly id: number;
  readonly kind: 'info' | 'error';
  readonly text: string;
  readonly action?: { readonly title: string; readonly run: () => void };
}

const shownMilliseconds = 6000;
const mostShown = 4;

export const useNotices = defineStore('notices', () => {
  const shown = shallowRef<readonly Notice[]>([]);
  let lastId = 0;

  function tell(notice: Omit<Notice, 'id'>): void {
    const id = ++lastId;
    // The same twice is said once.
    const others = shown.value.filter(({ text }) => text !== notice.text);
    shown.value = [...others, { ...notice, id }].slice(-mostShown);
    if (notice.kind === 'info') setTimeout(() => dismiss(id), shownMilliseconds);
  }

  function say(text: string, action?: Notice['action']): void {
    tell({ kind: 'info', text, ...(action !== undefined && { action }) });
  }

  /** Whoever stopped something knows it. */
  function report(error: unknown): void {
    if (isAborted(error)) return;
    tell({ kind: 'error', text: errorText(error) });
  }

  function dismiss(id: number): void {
    shown.value = shown.value.filter((notice) => notice.id !== id);
  }

  /** For a handler that nobody waits for: what it throws is told. */
  async function attempt<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
    try {
      return await work();
    } catch (error) {
      report(error);
      return undefined;
    }
  }

  return { shown, say, report, dismiss, attempt };
});

export function errorText(error: unknown): string {
  const code = codeOf(error);
  if (code !== undefined && i18n.global.te(`errors.${code}`)) {
    const path = error instanceof Error && 'path' in error ? String(error.path) : '';
    return translate(`errors.${code}`, { path });
  }
  return error instanceof Error ? error.message : String(error);
}

export function isAborted(error: unknown): boolean {
  return codeOf(error) === 'aborted' || (error instanceof Error && error.name === 'AbortError');
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
