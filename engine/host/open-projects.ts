/**
 * The projects that this engine holds open, each by its folder. Not the store. Convention: a project is opened once and
 * stays open, and thereby locked against other processes, until it is closed here.
 */
import { resolve } from 'node:path';
import { MambrushError } from '../contract/error.ts';
import { openProject } from '../store/project-store.ts';
import type { ProjectStore } from '../store/project-store.ts';

export class OpenProjects {
  readonly #stores = new Map<string, ProjectStore>();

  /** The project of a folder, opened now unless it is open. @throws what opening a project throws */
  open(folder: string, options: { readonly create?: boolean } = {}): ProjectStore {
    const path = resolve(folder);
    const open = this.#stores.get(path);
    if (open !== undefined) return open;
    const store = openProject(path, options);
    this.#stores.set(path, store);
    return store;
  }

  /** @throws MambrushError 'project-not-open' */
  get(project: string): ProjectStore {
    const store = this.#stores.get(resolve(project));
    if (store !== undefined) return store;
    throw new MambrushError('project-not-open', `The project ${project} is not open. Open it first.`, {
      path: project,
    });
  }

  isOpen(project: string): boolean {
    return this.#stores.has(resolve(project));
  }

  close(project: string): void {
    const path = resolve(project);
    const store = this.#stores.get(path);
    this.#stores.delete(path);
    store?.close();
  }

  closeAll(): void {
    for (const project of [...this.#stores.keys()]) this.close(project);
  }
}
