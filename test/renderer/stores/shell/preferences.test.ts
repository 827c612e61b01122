import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPinia, setActivePinia } from 'pinia';
import { describe, expect, it, vi } from 'vitest';
import { usePreferences } from '../../../../renderer/stores/shell/preferences.ts';
import { home, page } from '../engine-in-process.ts';

vi.mock('../../../../renderer/engine.ts', () => import('../engine-in-process.ts'));

const file = join(home, 'preferences.json');
const written = (): Record<string, unknown> =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>) : {};

describe('preferences', () => {
  it('are shown at once and written soon after, all changes together', async () => {
    const preferences = usePreferences();
    await preferences.load();
    preferences.set({ language: 'zh-CN' });
    preferences.set({ theme: 'light', keys: { 'tool.brush': ['X'] } });
    expect([page.lang, page.dataset['theme']]).toEqual(['zh-CN', 'light']);
    const expected = { language: 'zh-CN', theme: 'light', keys: { 'tool.brush': ['X'] } };
    await expect.poll(written).toMatchObject(expected);
    // Another window, another time.
    setActivePinia(createPinia());
    page.lang = '';
    await usePreferences().load();
    expect(usePreferences().values).toMatchObject(expected);
    expect(page.lang).toBe('zh-CN');
    preferences.set({ language: 'en' });
  });

  it('of another form are as if they were not there', async () => {
    const recent = { folder: '/photos', openedAt: '2026-01-01T00:00:00.000Z' };
    const keys = { 'tool.brush': ['X'], 'tool.fill': 'F', 'tool.pan': [3] };
    writeFileSync(file, JSON.stringify({ language: 'xx', theme: 7, keys, recent: [recent, 'x'], lastProject: null }));
    const preferences = usePreferences();
    await preferences.load();
    expect(preferences.values).toEqual({ keys: { 'tool.brush': ['X'] }, recent: [recent], lastProject: null });
  });

  it('hold the dozen projects that were opened last, newest first, and which one is open', () => {
    const preferences = usePreferences();
    for (let n = 0; n < 14; n++) preferences.remember(`/p${n}`);
    preferences.remember('/p5');
    const folders = (): readonly string[] | undefined => preferences.values.recent?.map(({ folder }) => folder);
    expect(folders()).toHaveLength(12);
    expect(folders()?.slice(0, 3)).toEqual(['/p5', '/p13', '/p12']);
    expect(preferences.values.lastProject).toBe('/p5');
    preferences.forget('/p13');
    expect(folders()?.slice(0, 2)).toEqual(['/p5', '/p12']);
    preferences.leave();
    expect(preferences.values.lastProject).toBeNull();
  });
});
