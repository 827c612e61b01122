/**
 * The way into a project: opens or creates `<folder>/.mambrush/project.db` and puts the stores of one project together.
 * Not a place for SQL. Convention: whoever has a ProjectStore is the only writer until `close()`.
 */
import type { ProjectStore } from './types.ts';

export type * from './types.ts';

export interface OpenOptions {
  /** Make a project of the folder when it is none yet. Default: false, then such a folder is refused. */
  readonly create?: boolean;
}

/**
 * Opens the project of a folder of images.
 * Errors: `folder-not-found`, `not-a-project`, `project-damaged`, `newer-database`, `project-locked`,
 * `read-only-folder`, `disk-full`.
 */
export function openProject(folder: string, options: OpenOptions = {}): ProjectStore {
  throw new Error(`not built yet: ${folder} ${String(options.create)}`);
}
