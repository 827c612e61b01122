import { describe, expect, it } from 'vitest';
import { shallowRef } from 'vue';
import { createListSelection } from '../../../../renderer/stores/gallery/list-selection.ts';

const plain = { toggle: false, range: false };
const ctrl = { toggle: true, range: false };
const shift = { toggle: false, range: true };

function create() {
  const ids = shallowRef([10, 11, 12, 13, 14, 15]);
  return { ids, selection: createListSelection(() => ids.value) };
}

describe('choosing several of a list', () => {
  it('takes one by a click, and another instead by the next', () => {
    const { selection } = create();
    selection.pick(11, plain);
    selection.pick(13, plain);
    expect(selection.selected.value).toEqual([13]);
    expect(selection.focused.value).toBe(13);
  });

  it('adds and takes away with Ctrl, in the order of the list', () => {
    const { selection } = create();
    selection.pick(14, plain);
    selection.pick(11, ctrl);
    selection.pick(12, ctrl);
    expect(selection.selected.value).toEqual([11, 12, 14]);
    selection.pick(12, ctrl);
    expect(selection.selected.value).toEqual([11, 14]);
  });

  it('takes all from the anchor with Shift, forwards and backwards', () => {
    const { selection } = create();
    selection.pick(12, plain);
    selection.pick(14, shift);
    expect(selection.selected.value).toEqual([12, 13, 14]);
    selection.pick(11, shift);
    expect(selection.selected.value).toEqual([11, 12]);
    selection.pick(15, { toggle: true, range: true });
    expect(selection.selected.value).toEqual([11, 12, 13, 14, 15]);
  });

  it('goes by keys, stops at the ends, and with Ctrl only moves', () => {
    const { selection } = create();
    selection.move(0, plain);
    selection.move(2, shift);
    expect(selection.selected.value).toEqual([10, 11, 12]);
    selection.move(4, ctrl);
    expect([selection.focused.value, selection.selected.value]).toEqual([14, [10, 11, 12]]);
    selection.toggleFocused();
    expect(selection.selected.value).toEqual([10, 11, 12, 14]);
    selection.move(99, plain);
    expect(selection.selected.value).toEqual([15]);
    selection.move(-Infinity, plain);
    expect(selection.selected.value).toEqual([10]);
  });

  it('forgets what left the list, and stays at its place', () => {
    const { ids, selection } = create();
    selection.pick(12, plain);
    selection.pick(13, ctrl);
    ids.value = [10, 11, 14, 15];
    expect(selection.selected.value).toEqual([]);
    expect(selection.position()).toBe(3);
    selection.all();
    expect(selection.selected.value).toEqual([10, 11, 14, 15]);
    selection.none();
    expect(selection.selected.value).toEqual([]);
  });
});
