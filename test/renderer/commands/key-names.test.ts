import { describe, expect, it } from 'vitest';
import { allCommands, defaultBindings } from '../../../renderer/commands/catalogue.ts';
import { keyName } from '../../../renderer/commands/key-names.ts';
import type { KeyPress } from '../../../renderer/commands/key-names.ts';
import { en } from '../../../renderer/locales/en/en.ts';

function press(key: string, code: string, ...held: readonly ('ctrl' | 'alt' | 'shift' | 'meta')[]): string | undefined {
  const event: KeyPress = {
    key,
    code,
    ctrlKey: held.includes('ctrl'),
    altKey: held.includes('alt'),
    shiftKey: held.includes('shift'),
    metaKey: held.includes('meta'),
  };
  return keyName(event);
}

describe('the name of a key', () => {
  it('is its letter with what is held', () => {
    expect(press('b', 'KeyB')).toBe('B');
    expect(press('Z', 'KeyZ', 'ctrl', 'shift')).toBe('Ctrl+Shift+Z');
    expect(press('D', 'KeyD', 'shift')).toBe('Shift+D');
    expect(press('1', 'Digit1', 'ctrl')).toBe('Ctrl+1');
    expect(press('7', 'Numpad7')).toBe('7');
    expect(press('Enter', 'Enter', 'ctrl')).toBe('Ctrl+Enter');
    expect(press(' ', 'Space')).toBe('Space');
  });

  it('is the place of a letter where the layout has others, and the letter where it has Latin ones elsewhere', () => {
    expect(press('и', 'KeyB')).toBe('B');
    expect(press('∫', 'KeyB', 'alt')).toBe('Alt+B');
    // AZERTY and Dvorak: what is printed on the key.
    expect(press('a', 'KeyQ')).toBe('A');
  });

  it('is the character where Shift makes another one', () => {
    expect(press('?', 'Slash', 'shift')).toBe('?');
    // German and French layouts.
    expect(press('?', 'Minus', 'shift')).toBe('?');
    expect(press('!', 'Digit1', 'shift')).toBe('!');
    expect(press('[', 'BracketLeft')).toBe('[');
    expect(press('+', 'Equal', 'shift')).toBe('+');
  });

  it('is none for what is only held, or composes a character', () => {
    for (const key of ['Shift', 'Control', 'Alt', 'Meta', 'Process', 'Dead', 'AltGraph']) {
      expect(press(key, 'Any')).toBeUndefined();
    }
  });
});

describe('the commands', () => {
  it('have a key each, which no other has', () => {
    const takenBy = new Map<string, string[]>();
    for (const id of allCommands) {
      expect(defaultBindings[id].length).toBeGreaterThan(0);
      for (const key of defaultBindings[id]) takenBy.set(key, [...(takenBy.get(key) ?? []), id]);
    }
    expect([...takenBy.values()].filter((ids) => ids.length > 1)).toEqual([]);
  });

  it('have a name each', () => {
    const nameOf = (id: string): unknown =>
      id
        .split('.')
        .reduce<unknown>((place, step) => (place as Record<string, unknown> | undefined)?.[step], en.commands);
    expect(allCommands.filter((id) => typeof nameOf(id) !== 'string')).toEqual([]);
  });
});
