/**
 * Selecting several items of a list as file managers do: click, Ctrl, Shift, and keys. Convention: by ids; items that
 * leave the list leave the selection.
 */
import { computed, ref, shallowRef } from 'vue';

export interface Modifiers {
  /** Ctrl, or Cmd on a Mac: the others stay selected. */
  readonly toggle: boolean;
  /** Shift: all from the anchor to here. */
  readonly range: boolean;
}

export function createListSelection(ids: () => readonly number[]) {
  const marked = shallowRef<ReadonlySet<number>>(new Set());
  /** The item that the keys move from. */
  const focused = ref<number>();
  const anchor = ref<number>();
  let lastPosition: number | undefined;
  const indices = computed(() => new Map(ids().map((id, index) => [id, index])));
  /** In the order of the list. */
  const selected = computed(() => (marked.value.size === 0 ? [] : ids().filter((id) => marked.value.has(id))));

  function range(to: number, keep: boolean): void {
    const list = ids();
    const end = indices.value.get(to) ?? 0;
    const start = (anchor.value === undefined ? undefined : indices.value.get(anchor.value)) ?? end;
    const between = list.slice(Math.min(start, end), Math.max(start, end) + 1);
    marked.value = new Set(keep ? [...marked.value, ...between] : between);
  }

  function toggle(id: number): void {
    const next = new Set(marked.value);
    if (!next.delete(id)) next.add(id);
    marked.value = next;
    anchor.value = id;
  }

  function only(id: number): void {
    marked.value = new Set([id]);
    anchor.value = id;
  }

  function focus(id: number): void {
    focused.value = id;
    lastPosition = indices.value.get(id);
  }

  /** Index of the focused item; when it left the list, where it was. */
  function position(): number | undefined {
    const now = focused.value === undefined ? undefined : indices.value.get(focused.value);
    return now ?? (lastPosition === undefined ? undefined : Math.min(lastPosition, ids().length - 1));
  }

  return {
    selected,
    position,
    has: (id: number) => marked.value.has(id),
    focused,
    indexOf: (id: number) => indices.value.get(id),
    pick: (id: number, modifiers: Modifiers) => {
      focus(id);
      if (modifiers.range) range(id, modifiers.toggle);
      else if (modifiers.toggle) toggle(id);
      else only(id);
    },
    /** With `toggle` only the focus moves. */
    move: (index: number, modifiers: Modifiers) => {
      const list = ids();
      const id = list[Math.max(0, Math.min(list.length - 1, index))];
      if (id === undefined) return;
      focus(id);
      if (modifiers.range) range(id, modifiers.toggle);
      else if (!modifiers.toggle) only(id);
    },
    toggleFocused: () => {
      if (focused.value !== undefined && indices.value.has(focused.value)) toggle(focused.value);
    },
    all: () => void (marked.value = new Set(ids())),
    none: () => void (marked.value = new Set()),
  };
}
