/**
 * Keys by name: what was pressed, as the catalogue writes it, and as a person reads it. Convention: 'Ctrl' stands for
 * Cmd on a Mac; Shift is named only with letters, digits and named keys, since it changes the character of the others.
 */
const isMac = /^Mac/.test(navigator.platform);

export interface KeyPress {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

const modifierKeys = new Set([
  'Control',
  'Meta',
  'Alt',
  'Shift',
  'AltGraph',
  'CapsLock',
  'Dead',
  'Process',
  'Unidentified',
]);

/** Undefined for a modifier alone. */
export function keyName(press: KeyPress): string | undefined {
  if (modifierKeys.has(press.key)) return undefined;
  // By position, so that a Cyrillic layout or a held Alt does not change the letter; a Latin layout has its own letters.
  const latin = /^[a-z]$/i.test(press.key) ? press.key.toUpperCase() : undefined;
  const position = /^Key([A-Z])$/.exec(press.code)?.[1] ?? /^(?:Digit|Numpad)([0-9])$/.exec(press.code)?.[1];
  const isText = press.key.length === 1;
  // A digit's position with Shift is another character ('!', '?' on some layouts): that one is meant.
  const base =
    latin ?? (position !== undefined && !(isText && press.shiftKey && /\d/.test(position)) ? position : press.key);
  const name = base === ' ' ? 'Space' : base;
  const withShift = press.shiftKey && (name.length > 1 || /^[A-Z0-9]$/.test(name));
  const ctrl = isMac ? press.metaKey : press.ctrlKey;
  return [ctrl && 'Ctrl', press.altKey && 'Alt', withShift && 'Shift', name].filter(Boolean).join('+');
}

/** For people: 'Ctrl+Shift+Z', or '⌘⇧Z' on a Mac. */
export function readableKey(name: string): string {
  if (!isMac) return name;
  return name.replace('Ctrl+', '⌘').replace('Alt+', '⌥').replace('Shift+', '⇧');
}
