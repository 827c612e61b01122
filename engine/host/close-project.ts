/**
 * Releases projects, and closes them in order: requests about one end, its training stops and is recorded, requests that
 * wait for that are answered, then the store closes. Convention: a project closes when nobody holds it, and counts as not
 * open as soon as it begins to close. Paths are absolute.
 */
import type { EngineContext } from './engine-context.ts';
import type { Holder } from './projects/open-projects.ts';

/** Also while somebody holds it. One that is not open is closed already. */
export async function closeProject({ projects, atWork, trainers }: EngineContext, project: string): Promise<void> {
  await projects.closeAfter(project, async () => {
    const work = atWork.of({ project });
    await work.end();
    await trainers.stop(project);
    await work.settled();
  });
}

/**
 * A holder releases a project, which is closed unless another holds it. A holder that is not connected does not count: it
 * opens the project again when it is back.
 * @param trainingGoesOn then a project that is trained in stays open until that has ended
 */
export async function releaseProject(
  context: EngineContext,
  project: string,
  holder: Holder,
  trainingGoesOn: boolean,
): Promise<void> {
  const { projects, atWork, trainers } = context;
  projects.release(project, holder);
  // Nobody waits for its own requests any more.
  await atWork.of({ project, holder }).end();
  if ([...projects.holders(project)].some(({ present }) => present)) return;
  if (trainingGoesOn && trainers.isTraining(project)) return;
  await closeProject(context, project);
}

/** A holder is gone for good. */
export async function releaseAll(context: EngineContext, holder: Holder): Promise<void> {
  const held = context.projects.heldBy(holder);
  for (const project of held) context.projects.release(project, holder);
  await Promise.all(held.map((project) => closeIfUnheld(context, project)));
}

/** For when something has ended that kept it open: an import, a run that went on without a window. Never rejects. */
export async function closeIfUnheld(context: EngineContext, project: string): Promise<void> {
  const { projects, trainers } = context;
  if (projects.holders(project).size > 0 || trainers.isTraining(project)) return;
  try {
    await closeProject(context, project);
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error));
  }
}
