/**
 * The projects that this engine has open, each by its folder, and who holds them. Not the store. Convention: a project is
 * opened once and stays open, and thereby locked against other processes, until it is closed here.
 */
import { resolve } from 'node:path';
import { MambrushError } from '../../contract/error.ts';
import { openProject } from '../../store/project-store.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import { sweepAside } from './proposal-files.ts';
import { takeOverRun } from './take-over-run.ts';

/** A window, or another client that needs projects to be open. */
export interface Holder {
  /** False while it is out of reach, and may never come back. */
  readonly present: boolean;
}

export class OpenProjects {
  readonly #holders = new Map<string, Set<Holder>>();
  readonly #stores = new Map<string, ProjectStore>();
  readonly #closing = new Map<string, Promise<void>>();

  /** The project of a folder, opened now unless it is open. @throws what opening a project throws */
  open(folder: string, options: { readonly create?: boolean } = {}): ProjectStore {
    const path = resolve(folder);
    const open = this.#stores.get(path);
    if (open !== undefined) return open;
    const store = openProject(path, options);
    this.#stores.set(path, store);
    // Where it was not closed the last time.
    void sweepAside(store);
    for (const run of store.opening.interruptedRuns) takeOverRun(store, run.id);
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

  /** From now on it is open for this holder too. */
  hold(project: string, holder: Holder): void {
    const path = resolve(project);
    if (this.#stores.has(path)) this.#holders.set(path, this.holders(path).add(holder));
  }

  release(project: string, holder: Holder): void {
    this.#holders.get(resolve(project))?.delete(holder);
  }

  holders(project: string): Set<Holder> {
    return new Set(this.#holders.get(resolve(project)));
  }

  heldBy(holder: Holder): readonly string[] {
    return [...this.#holders].flatMap(([path, holders]) => (holders.has(holder) ? [path] : []));
  }

  /** Closes it when `ending` has ended what uses it; for all others it is closed at once. */
  async closeAfter(project: string, ending: () => Promise<void>): Promise<void> {
    const path = resolve(project);
    const store = this.#stores.get(path);
    if (store === undefined) return this.whenClosed(path);
    this.#stores.delete(path);
    this.#holders.delete(path);
    const closing = ending().finally(async () => {
      await sweepAside(store);
      this.#closing.delete(path);
      store.close();
    });
    this.#closing.set(
      path,
      closing.catch(() => undefined),
    );
    await closing;
  }

  isClosing(project: string): boolean {
    return this.#closing.has(resolve(project));
  }

  /** Resolves when a project is not just being closed, so that it can be opened again. */
  async whenClosed(project: string): Promise<void> {
    await this.#closing.get(resolve(project));
  }

  /** Resolves when none is just being closed. */
  async whenAllClosed(): Promise<void> {
    await Promise.all(this.#closing.values());
  }

  get all(): readonly string[] {
    return [...this.#stores.keys()];
  }
}
