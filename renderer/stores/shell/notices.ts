/**
 * What the window tells a person in passing, and what went wrong. Convention: good news goes by itself, an error stays
 * until it is dismissed; each says what happened, what was kept, and what to do.
 */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import { isAborted, textOfError } from '../../locales/engine-texts.ts';
import type { EngineText } from '../../locales/engine-texts.ts';

export interface Notice {
  readonly id: number;
  readonly kind: 'info' | 'error';
  readonly text: string;
  /** What the engine itself says of it. */
  readonly detail?: string | undefined;
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
    const others = shown.value.filter(({ text, detail }) => text !== notice.text || detail !== notice.detail);
    shown.value = [...others, { ...notice, id }].slice(-mostShown);
    if (notice.kind === 'info') setTimeout(() => dismiss(id), shownMilliseconds);
  }

  function say(text: string | EngineText, action?: Notice['action']): void {
    const said = typeof text === 'string' ? { text } : text;
    tell({ kind: 'info', ...said, ...(action !== undefined && { action }) });
  }

  /** Whoever stopped something knows it. */
  function report(error: unknown): void {
    if (isAborted(error)) return;
    tell({ kind: 'error', ...textOfError(error) });
  }

  /** Not an error that was thrown, but what the engine's answer says went wrong. */
  function warn(text: EngineText, action?: Notice['action']): void {
    tell({ kind: 'error', ...text, ...(action !== undefined && { action }) });
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

  return { shown, say, report, warn, dismiss, attempt };
});
