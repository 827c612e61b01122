import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isProject, openProject } from '../../engine/store/project-store.ts';
import { addImage, codeOf, temporaryFolder, temporaryProject } from './temporary-project.ts';

describe('a project', () => {
  it('is made only when asked for', () => {
    const folder = temporaryFolder();
    expect(codeOf(() => openProject(folder))).toBe('not-a-project');
    expect(existsSync(join(folder, '.mambrush'))).toBe(false);
    expect(isProject(folder)).toBe(false);
    const store = temporaryProject(folder);
    expect(isProject(folder)).toBe(true);
    expect(store.opening).toEqual({
      created: true,
      unclosedBy: undefined,
      interruptedRuns: [],
    });
    expect(store.cacheFolder).toBe(join(folder, '.mambrush', 'cache'));
  });

  it('is opened again with what it had, also when asked to create it', () => {
    const folder = temporaryFolder();
    const store = openProject(folder, { create: true });
    addImage(store, 'a.png');
    store.close();
    const again = temporaryProject(folder);
    expect(again.opening.created).toBe(false);
    expect(again.images.count()).toBe(1);
  });

  it('is not looked for in a folder that is none', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'a file');
    writeFileSync(file, '');
    expect(codeOf(() => openProject(file, { create: true }))).toBe('folder-not-found');
    expect(codeOf(() => openProject(join(folder, 'nowhere'), { create: true }))).toBe('folder-not-found');
  });

  it('is not made where a file has the name of its folder', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, '.mambrush'), 'a file');
    expect(codeOf(() => openProject(folder, { create: true }))).toBe('not-a-project');
    expect(readFileSync(join(folder, '.mambrush'), 'utf8')).toBe('a file');
  });

  it('knows where its files are', () => {
    const store = temporaryProject();
    expect(store.fileOf('sub folder/图.png')).toBe(join(store.folder, 'sub folder', '图.png'));
  });

  it('leaves image files alone', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'a.png'), 'the bytes of an image');
    const store = temporaryProject(folder);
    const id = addImage(store, 'a.png');
    store.images.move(id, 'b.png');
    store.images.remove([id]);
    expect(readFileSync(join(folder, 'a.png'), 'utf8')).toBe('the bytes of an image');
  });

  it('answers nothing after it was closed, and closing it twice is closing it once', () => {
    const store = temporaryProject();
    const id = addImage(store, 'a.png');
    store.close();
    store.close();
    for (const request of [
      () => store.images.all(),
      () => store.images.setState(id, 'done'),
      () => store.labels.undo(id),
      () => store.runs.latest(),
    ]) {
      expect(codeOf(request)).toBe('project-closed');
    }
  });

  it('begins anew after its making was broken off', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, '.mambrush'));
    writeFileSync(join(folder, '.mambrush', 'project.db.new'), 'half of a database');
    writeFileSync(join(folder, '.mambrush', 'project.db.new-journal'), 'and its journal');
    expect(temporaryProject(folder).opening.created).toBe(true);
    expect(existsSync(join(folder, '.mambrush', 'project.db.new'))).toBe(false);
  });
});
