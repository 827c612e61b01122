/**
 * The commands at work: their keys as the person has set them, and the handlers that are registered now. Convention: while something is typed into, only keys with Ctrl count; while a dialog is open, none do.
 */
import { defineStore } from 'pinia';
import { computed } from 'vue';
import { allCommands, defaultBindings } from '../../commands/catalogue.ts';
import type { Bindings, CommandId } from '../../commands/catalogue.ts';
import { keyName, readableKey } from '../../commands/key-names.ts';
import { usePreferences } from './preferences.ts';

export interface CommandHandler {
  readonly run: () => void;
  readonly enabled: () => boolean;
}

export const useCommands = defineStore('commands', () => {
  const preferences = usePreferences();
  const handlers = new Map<CommandId, Set<CommandHandler>>();

  const bindings = computed((): Bindings => ({ ...defaultBindings, ...preferences.values.keys }));

  /** As a person reads it; '' for a command without a key. */
  function keyOf(id: CommandId): string {
    return readableKey(bindings.value[id][0] ?? '');
  }

  function handle(id: CommandId, handler: CommandHandler): () => void {
    const known = handlers.get(id) ?? new Set();
    handlers.set(id, known.add(handler));
    return () => known.delete(handler);
  }

  /** False: no handler is enabled. */
  function run(id: CommandId): boolean {
    const handler = [...(handlers.get(id) ?? [])].findLast(({ enabled }) => enabled());
    handler?.run();
    return handler !== undefined;
  }

  function press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing || document.querySelector('dialog:modal') !== null) return;
    const key = keyName(event);
    if (key === undefined || (isTyping(event.target) && !key.startsWith('Ctrl+'))) return;
    // A button or a list has its own use for these.
    if ((key === 'Enter' || key === 'Space') && isPressable(event.target)) return;
    const bound = allCommands.filter((id) => bindings.value[id].includes(key));
    if (bound.some((id) => run(id))) event.preventDefault();
  }

  /** Commands that would have this key too. */
  function conflicts(id: CommandId, key: string): readonly CommandId[] {
    return allCommands.filter((other) => other !== id && bindings.value[other].includes(key));
  }

  /** Removes the keys from other commands that have them. */
  function bind(id: CommandId, keys: readonly string[]): void {
    const changed: Partial<Record<CommandId, readonly string[]>> = { ...preferences.values.keys, [id]: keys };
    for (const key of keys) {
      for (const other of conflicts(id, key)) {
        changed[other] = bindings.value[other].filter((taken) => taken !== key);
      }
    }
    preferences.set({ keys: changed });
  }

  function resetBindings(): void {
    preferences.set({ keys: {} });
  }

  return { bindings, keyOf, handle, run, press, conflicts, bind, resetBindings };
});

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches('textarea, select')) return true;
  return target instanceof HTMLInputElement && !['button', 'checkbox', 'radio', 'color', 'file'].includes(target.type);
}

/** A button or a list has its own use for Enter and Space. */
function isPressable(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('button, a, summary, [role=option]') !== null;
}
