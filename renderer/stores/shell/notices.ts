/**
 * Short messages to the person: what was done, and what went wrong. Convention: information disappears by itself, an
 * error stays until it is dismissed; each says what happened, what was kept, and what to do.
 */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import { isAborted, textOfError } from '../../locales/engine-texts.ts';
import type { EngineText } from '../../locales/engine-texts.ts';
import { translate } from '../../locales/i18n.ts';

export interface Notice {
  readonly id: number;
  readonly kind: 'info' | 'error';
  readonly text: string;
  /** What the engine itself says of it. */
  readonly detail?: string | undefined;
  readonly action?: { readonly title: string; readonly run: () => void } | undefined;
}

const shownMilliseconds = 6000;
const mostShown = 4;

export const useNotices = defineStore('notices', () => {
  const shown = shallowRef<readonly Notice[]>([]);
  let lastId = 0;

  function add(notice: Omit<Notice, 'id'>): void {
    const id = ++lastId;
    const others = shown.value.filter(({ text, detail }) => text !== notice.text || detail !== notice.detail);
    shown.value = [...others, { ...notice, id }].slice(-mostShown);
    if (notice.kind === 'info') setTimeout(() => dismiss(id), shownMilliseconds);
  }

  function say(text: string | EngineText, action?: Notice['action']): void {
    add({ kind: 'info', ...(typeof text === 'string' ? { text } : text), action });
  }

  function sayUndoable(text: string, undo: () => Promise<unknown>): void {
    say(text, { title: translate('shell.notices.undo'), run: () => void attempt(undo) });
  }

  /** What the person stopped is not an error. */
  function report(error: unknown): void {
    if (!isAborted(error)) warn(textOfError(error));
  }

  /** For a failure that the engine's answer describes. */
  function warn(text: EngineText, action?: Notice['action']): void {
    add({ kind: 'error', ...text, action });
  }

  function dismiss(id: number): void {
    shown.value = shown.value.filter((notice) => notice.id !== id);
  }

  /** For a handler that nobody waits for: what it throws is reported. */
  async function attempt<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
    try {
      return await work();
    } catch (error) {
      report(error);
      return undefined;
    }
  }

  return { shown, say, sayUndoable, report, warn, dismiss, attempt };
});
