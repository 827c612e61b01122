/**
 * The way into a project: opens or creates `<folder>/.mambrush/project.db` and puts the stores of one project together.
 * No SQL here. Convention: whoever has a ProjectStore is the only writer until `close()`.
 */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { classStore } from './classes.ts';
import { FolderNotFound, NotAProject, ReadOnlyFolder } from './errors.ts';
import type { WriteHandle } from './handle.ts';
import { imageStore } from './images.ts';
import { labelStore } from './labels.ts';
import { type ProjectLock, takeLock } from './lock.ts';
import { createDatabase, openDatabase } from './open-database.ts';
import { fileInFolder } from './relative-path.ts';
import { requireRun, runStore } from './runs.ts';
import { splitStore } from './splits.ts';
import { withStoreErrors } from './sqlite-errors.ts';
import type { ProjectStore } from './types.ts';

export type * from './types.ts';

export interface OpenOptions {
  /** Make a project of the folder when it is none yet. Default: false, then such a folder is refused. */
  readonly create?: boolean;
}

/** Where the project of a folder keeps its own files, whether or not there is one. */
function projectFolder(folder: string): string {
  return join(resolve(folder), '.mambrush');
}

/** Whether the folder has a project, sound or not. */
export function isProject(folder: string): boolean {
  return existsSync(join(projectFolder(folder), 'project.db'));
}

/**
 * Opens the project of a folder of images.
 * Errors: `folder-not-found`, `not-a-project`, `project-damaged`, `newer-database`, `project-locked`,
 * `read-only-folder`, `disk-full`.
 */
export function openProject(folder: string, options: OpenOptions = {}): ProjectStore {
  const root = resolve(folder);
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) throw new FolderNotFound(root);
  if (!isProject(root) && options.create !== true) {
    throw new NotAProject(root, `${root} is not a Mambrush project yet. Import its images first.`);
  }
  const own = projectFolder(root);
  makeOwnFolders(root, own);
  const lock = takeLock(own);
  let db: WriteHandle | undefined;
  try {
    const file = join(own, 'project.db');
    const created = !existsSync(file);
    if (created) createDatabase(file);
    db = openDatabase(file);
    return assemble(root, own, db, lock, created);
  } catch (error) {
    db?.close();
    lock.release();
    throw error;
  }
}

function assemble(root: string, own: string, db: WriteHandle, lock: ProjectLock, created: boolean): ProjectStore {
  const runs = runStore(db, root);
  let open = true;
  return {
    folder: root,
    cacheFolder: join(own, 'cache'),
    opening: { created, unclosedBy: lock.unclosedBy, interruptedRuns: runs.interruptOrphans() },
    images: imageStore(db),
    classes: classStore(db),
    labels: labelStore(db),
    splits: splitStore(db),
    runs,
    fileOf: (path) => fileInFolder(root, path),
    runFolder: (runId) => {
      const path = join(own, 'runs', String(requireRun(db, runId).id));
      withStoreErrors(path, () => mkdirSync(path, { recursive: true }));
      return path;
    },
    close: () => {
      if (!open) return;
      open = false;
      try {
        db.close();
      } finally {
        lock.release();
      }
    },
  };
}

function makeOwnFolders(root: string, own: string): void {
  if (statSync(own, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw new NotAProject(own, `${own} is a file, where Mambrush needs a folder of that name. Move it away.`);
  }
  const folder = existsSync(own) ? own : root;
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new ReadOnlyFolder(folder, error);
  }
  for (const path of [own, join(own, 'runs'), join(own, 'cache')]) {
    withStoreErrors(path, () => mkdirSync(path, { recursive: true }));
  }
}
