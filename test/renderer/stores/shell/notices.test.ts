import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MambrushError } from '../../../../engine/contract/error.ts';
import { useNotices } from '../../../../renderer/stores/shell/notices.ts';

describe('notices', () => {
  beforeEach(() => {
    setActivePinia(createPinia());
    vi.useFakeTimers();
  });
  afterEach(() => void vi.useRealTimers());
  const texts = (): readonly string[] => useNotices().shown.map(({ text }) => text);

  it('go by themselves when they are good news; an error stays until it is dismissed', () => {
    const notices = useNotices();
    notices.say('saved');
    notices.report(new Error('broken'));
    notices.warn({ text: 'one image failed', detail: 'cut short' });
    expect(texts()).toEqual(['saved', 'broken', 'one image failed']);
    vi.advanceTimersByTime(5999);
    expect(texts()).toHaveLength(3);
    vi.advanceTimersByTime(1);
    expect(texts()).toEqual(['broken', 'one image failed']);
    vi.advanceTimersByTime(3_600_000);
    notices.dismiss(notices.shown[0]!.id);
    expect(notices.shown).toMatchObject([{ kind: 'error', text: 'one image failed', detail: 'cut short' }]);
  });

  it('say the same once, as the latest, and are four at most', () => {
    const notices = useNotices();
    for (const text of ['a', 'b', 'a', 'c', 'd', 'e']) notices.say(text);
    expect(texts()).toEqual(['a', 'c', 'd', 'e']);
  });

  it('carry what can be done about it', () => {
    const run = vi.fn();
    useNotices().say('removed', { title: 'Undo', run });
    useNotices().shown[0]?.action?.run();
    expect(run).toHaveBeenCalledOnce();
  });

  it('tell of work that failed, but not of work that its person stopped', async () => {
    const { attempt } = useNotices();
    expect(await attempt(() => Promise.resolve(3))).toBe(3);
    await attempt(() => Promise.reject(new MambrushError('aborted', 'stopped')));
    expect(texts()).toEqual([]);
    await attempt(() => Promise.reject(new MambrushError('disk-full', 'The disk is full.')));
    expect(texts()).toEqual(['The disk is full.']);
  });
});
