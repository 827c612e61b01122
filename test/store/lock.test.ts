import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ProjectLocked } from '../../engine/store/errors.ts';
import { openProject } from '../../engine/store/project-store.ts';
import { startChild } from './start-child.ts';
import { codeOf, temporaryFolder, temporaryProject } from './temporary-project.ts';

function refusalOf(work: () => unknown): ProjectLocked {
  try {
    work();
  } catch (error) {
    if (error instanceof ProjectLocked) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('the lock of a project', () => {
  it('refuses a second process, and says who has it and since when', async () => {
    const folder = temporaryFolder();
    openProject(folder, { create: true }).close();
    const other = startChild('project-opener-process.ts', folder);
    expect(await other.nextLine()).toBe('open');

    const refusal = refusalOf(() => openProject(folder));
    expect(refusal.code).toBe('project-locked');
    expect(refusal.holder).toMatchObject({ pid: other.process.pid, host: hostname() });
    expect(Date.parse(refusal.holder?.since ?? '')).toBeLessThanOrEqual(Date.now());
    expect(refusal.message).toContain(`process ${other.process.pid} on ${hostname()}, since 20`);

    await other.end();
    expect(temporaryProject(folder).opening.unclosedBy).toBeUndefined();
  });

  it('goes with a process that is killed, and the next one is told', async () => {
    const folder = temporaryFolder();
    openProject(folder, { create: true }).close();
    const other = startChild('project-opener-process.ts', folder);
    expect(await other.nextLine()).toBe('open');
    await other.kill();
    expect(temporaryProject(folder).opening.unclosedBy).toMatchObject({ pid: other.process.pid });
  });

  it('refuses a second opening in the same process, and still keeps others out afterwards', async () => {
    const store = temporaryProject();
    expect(refusalOf(() => openProject(store.folder)).holder?.pid).toBe(process.pid);
    expect(refusalOf(() => openProject(`${store.folder}/../${store.folder.split('/').at(-1) ?? ''}/`)).code).toBe(
      'project-locked',
    );
    const other = startChild('project-opener-process.ts', store.folder);
    expect(await other.nextLine()).toBe('project-locked');
    store.close();
    const third = startChild('project-opener-process.ts', store.folder);
    expect(await third.nextLine()).toBe('open');
  });

  it('does not depend on its note', async () => {
    const store = temporaryProject();
    const note = join(store.folder, '.mambrush', 'lock.json');
    expect(JSON.parse(readFileSync(note, 'utf8'))).toMatchObject({ pid: process.pid });
    writeFileSync(note, 'not JSON');
    expect(refusalOf(() => openProject(store.folder)).message).toContain('another program');
    const other = startChild('project-opener-process.ts', store.folder);
    expect(await other.nextLine()).toBe('project-locked');
    store.close();
    expect(existsSync(note)).toBe(false);
    writeFileSync(note, '{"host":"elsewhere","pid":1,"since":"2020-01-01T00:00:00Z"}');
    expect(temporaryProject(store.folder).opening.unclosedBy?.host).toBe('elsewhere');
  });

  it('is given back when opening fails', () => {
    const folder = temporaryFolder();
    openProject(folder, { create: true }).close();
    const file = join(folder, '.mambrush', 'project.db');
    const sound = readFileSync(file);
    writeFileSync(file, 'broken');
    expect(codeOf(() => openProject(folder))).toBe('not-a-project');
    writeFileSync(file, sound);
    expect(temporaryProject(folder).images.count()).toBe(0);
  });
});
