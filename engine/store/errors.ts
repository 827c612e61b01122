/**
 * What can go wrong with a project, by name. SQLite's own codes are read in sqlite-errors.ts.
 * Convention: `path` is the file or folder that somebody has to look at.
 */
import { MambrushError } from '../contract/error.ts';
import type { LockHolder } from './types.ts';

/** A request that cannot be met as it was put; nothing was changed. The code says which kind: `image-unknown` … */
export class StoreRefusal extends MambrushError {}

export class FolderNotFound extends MambrushError {
  constructor(path: string) {
    super('folder-not-found', `There is no folder ${path}. Check the spelling, or whether a drive is not connected.`, {
      path,
    });
  }
}

export class NotAProject extends MambrushError {
  constructor(path: string, message: string) {
    super('not-a-project', message, { path });
  }
}

export class ProjectDamaged extends MambrushError {
  constructor(path: string, what: string, cause?: unknown) {
    super(
      'project-damaged',
      `The project file ${path} is damaged (${what}). It was left as it is. ` +
        'Put back a copy from a backup, or move it away to start the project anew; the images are not affected.',
      { path, cause },
    );
  }
}

export class NewerDatabase extends MambrushError {
  constructor(path: string, version: number, known: number) {
    super(
      'newer-database',
      `The project ${path} was written by a newer Mambrush (format ${version}, this one knows up to ${known}). ` +
        'Nothing was changed. Update Mambrush to open it.',
      { path },
    );
  }
}

export class ProjectLocked extends MambrushError {
  /** Undefined when the other program did not say who it is. */
  readonly holder: LockHolder | undefined;

  constructor(path: string, holder: LockHolder | undefined) {
    const who =
      holder === undefined
        ? 'another program'
        : `process ${holder.pid} on ${holder.host}, since ${holder.since.replace('T', ' ').replace(/\..*/, '')} UTC`;
    super(
      'project-locked',
      `The project ${path} is already open (${who}). One program at a time can work on it: close it there first.`,
      { path },
    );
    this.holder = holder;
  }
}

export class ReadOnlyFolder extends MambrushError {
  constructor(path: string, cause?: unknown) {
    super(
      'read-only-folder',
      `Mambrush cannot write to ${path}. It keeps its work in a folder .mambrush beside the images: ` +
        'allow writing there, or copy the images to a folder of your own.',
      { path, cause },
    );
  }
}

export class DiskFull extends MambrushError {
  constructor(path: string, cause?: unknown) {
    super(
      'disk-full',
      `The disk with ${path} is full. The last change was not stored, everything before it is. ` +
        'Free some space and do it again.',
      { path, cause },
    );
  }
}

/** The disk or the network folder failed in another way. */
export class ProjectIoFailed extends MambrushError {
  constructor(path: string, what: string, cause?: unknown) {
    super(
      'project-io-failed',
      `${path} could not be read or written (${what}). The last change was not stored. ` +
        'Check the drive or the network connection, then open the project again.',
      { path, cause },
    );
  }
}

export class ProjectClosed extends MambrushError {
  constructor(path: string) {
    super('project-closed', `The project ${path} has been closed. Open it again to go on.`, { path });
  }
}
