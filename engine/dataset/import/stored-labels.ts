/** What an import asks of labels that are there already. Convention: what a person has worked on is never replaced. */
import type { ProjectStore } from '../../store/types.ts';

function hasPersonsWork(store: ProjectStore, image: number): boolean {
  return store.labels.history(image).some(({ origin, undone }) => origin !== 'imported' && !undone);
}

/** What an import would do with an image's labels, without reading what they would be made from. */
export function standingOf(
  store: ProjectStore,
  image: number | undefined,
  source: string,
): 'new' | 'unchanged' | 'kept' {
  if (image === undefined) return 'new';
  if (hasPersonsWork(store, image)) return 'kept';
  return store.labels.importedFrom(image) === source ? 'unchanged' : 'new';
}

/**
 * Stores imported labels, or in a dry run says what would become of them.
 * @param image undefined where the image is not in the project yet
 */
export async function storeImported(
  store: ProjectStore,
  image: number | undefined,
  labels: Uint8Array,
  { dryRun, description, source }: { readonly dryRun: boolean; readonly description: string; readonly source: string },
): Promise<'imported' | 'unchanged' | 'kept'> {
  if (image === undefined) return 'imported';
  const stored = dryRun ? store.labels.read(image) : undefined;
  if (dryRun) return stored !== undefined && Buffer.compare(stored, labels) === 0 ? 'unchanged' : 'imported';
  const note = { origin: 'imported', description, state: 'done', source } as const;
  // A person may have begun to paint since the import began.
  const change = await store.labels.writeInSteps(image, labels, note, () => hasPersonsWork(store, image));
  if (change !== undefined) return 'imported';
  return hasPersonsWork(store, image) ? 'kept' : 'unchanged';
}
