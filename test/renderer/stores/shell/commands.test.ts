import { describe, expect, it, vi } from 'vitest';
import { useCommands } from '../../../../renderer/stores/shell/commands.ts';
import { usePreferences } from '../../../../renderer/stores/shell/preferences.ts';
import { Control, page } from '../engine-in-process.ts';

vi.mock('../../../../renderer/engine.ts', () => import('../engine-in-process.ts'));

/** As a page would: whether it was taken. */
function press(key: string, { ctrl = false, on = new EventTarget() } = {}): boolean {
  const event = new Event('keydown', { cancelable: true });
  const code = /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : key;
  const keys = { key, code, ctrlKey: ctrl, metaKey: false, altKey: false, shiftKey: false, isComposing: false };
  Object.defineProperty(event, 'target', { value: on });
  useCommands().press(Object.assign(event, keys) as unknown as KeyboardEvent);
  return event.defaultPrevented;
}

describe('commands', () => {
  it('are run by the latest handler that is enabled', () => {
    const commands = useCommands();
    const ran: string[] = [];
    let isEnabled = true;
    commands.handle('tool.brush', { run: () => ran.push('first'), enabled: () => true });
    const end = commands.handle('tool.brush', { run: () => ran.push('second'), enabled: () => isEnabled });
    expect([press('b'), press('x')]).toEqual([true, false]);
    isEnabled = false;
    press('b');
    isEnabled = true;
    end();
    expect(commands.run('tool.brush')).toBe(true);
    expect(ran).toEqual(['second', 'first', 'first']);
    expect(commands.run('tool.fill')).toBe(false);
  });

  it('leave the keys to a text that is typed, a button, and a dialog', () => {
    const commands = useCommands();
    const run = vi.fn();
    for (const id of ['tool.brush', 'edit.undo', 'proposal.accept'] as const) {
      commands.handle(id, { run, enabled: () => true });
    }
    const text = new Control('text');
    expect([press('b', { on: text }), press('z', { ctrl: true, on: text })]).toEqual([false, true]);
    const button = new Control('button');
    expect([press('Enter', { on: button }), press('b', { on: button }), press('Enter')]).toEqual([false, true, true]);
    page.hasDialog = true;
    expect(press('b')).toBe(false);
    page.hasDialog = false;
    expect(run).toHaveBeenCalledTimes(3);
  });

  it('have the keys that were set, each for one command, until all are reset', () => {
    const commands = useCommands();
    expect(commands.conflicts('tool.fill', 'B')).toEqual(['tool.brush']);
    commands.bind('tool.fill', ['B']);
    expect([commands.bindings['tool.fill'], commands.bindings['tool.brush']]).toEqual([['B'], []]);
    expect(usePreferences().values.keys).toEqual({ 'tool.fill': ['B'], 'tool.brush': [] });
    commands.resetBindings();
    expect([commands.bindings['tool.fill'], commands.bindings['tool.brush']]).toEqual([['F'], ['B']]);
  });
});
