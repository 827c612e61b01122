/**
 * Takes a folder's images and masks into its project. Convention: a dry run leaves nothing behind, also where there is no
 * project yet; a project that was opened for an import which failed is closed again, unless a client holds it by now.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { MambrushError } from '../../contract/error.ts';
import type { ImportReport } from '../../contract/dataset.ts';
import { importFolder } from '../../dataset/import/import-folder.ts';
import { isProject, openProject } from '../../store/project-store.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import { closeIfUnheld } from '../close-project.ts';
import type { Checked, Verb } from '../engine-context.ts';

export const importVerb: Verb<'dataset.import'> = async (context, args, work): Promise<ImportReport> => {
  const { projects, importPreviews, emit } = context;
  const folder = resolve(args.folder);
  await requireFolder(folder);
  const { invert, interpretation, emptyImages, dryRun = false } = args;
  const annotations = args.annotations === undefined ? undefined : resolve(args.annotations);
  refuseClashes(args);
  const masks = args.masks === undefined ? undefined : resolve(args.masks);
  const cache = importPreviews.of(folder);
  const options = { folder, masks, annotations, emptyImages, invert, interpretation, dryRun, cache };
  const take = (store: ProjectStore): Promise<ImportReport> => importFolder(store, options, work);
  if (dryRun && !isProject(folder)) return withEmptyProject(take);
  const store = projects.open(folder, { create: true });
  // It stays open while it is imported, even when all others release it.
  const importing = { present: true };
  projects.hold(folder, importing);
  try {
    const report = await take(store);
    if (!dryRun) {
      projects.hold(folder, work.holder);
      importPreviews.forget(folder);
      emit({ kind: 'images.changed', project: store.folder, images: [] });
      emit({ kind: 'classes.changed', project: store.folder });
    }
    return report;
  } finally {
    projects.release(folder, importing);
    // Not waited for: closing waits for this request.
    void closeIfUnheld(context, folder);
  }
};

/** Options that would be ignored silently are refused. */
function refuseClashes({ annotations, masks, invert, interpretation }: Checked<'dataset.import'>): void {
  if (annotations === undefined) return;
  if (masks === undefined && invert !== true && interpretation === undefined) return;
  throw new MambrushError(
    'import-options-clash',
    'Labels come either from masks or from annotations: name one of them. How values are read is a matter of masks.',
  );
}

/** An empty project, for a dry run on a folder that has none. */
async function withEmptyProject<Result>(work: (store: ProjectStore) => Promise<Result>): Promise<Result> {
  const temporary = await mkdtemp(join(tmpdir(), 'mambrush-dry-run-'));
  try {
    const store = openProject(temporary, { create: true });
    try {
      return await work(store);
    } finally {
      store.close();
    }
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function requireFolder(folder: string): Promise<void> {
  const stats = await stat(folder).catch(() => undefined);
  if (stats?.isDirectory() === true) return;
  const what = stats === undefined ? 'is not there' : 'is a file';
  throw new MambrushError('folder-missing', `${folder} ${what}. Name the folder that has your images.`, {
    path: folder,
  });
}
