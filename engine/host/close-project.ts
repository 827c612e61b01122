/**
 * Lets go of projects, and closes them in order: what works on one ends, what trains in it stops and is recorded, who waits
 * is answered, and then the store closes. Convention: a project closes when nobody holds it; from the first moment of that
 * on it counts as not open. Paths are absolute.
 */
import type { EngineContext } from './engine-context.ts';
import type { Holder } from './projects/open-projects.ts';

/** Whoever holds it. One that is not open is closed already. */
export async function closeProject({ projects, atWork, trainers }: EngineContext, project: string): Promise<void> {
  await projects.closeAfter(project, async () => {
    const work = atWork.of({ project });
    await work.end();
    await trainers.stop(project);
    await work.settled();
  });
}

/**
 * One lets go of a project, and it is closed unless another holds it. Those that are out of reach do not count: who comes
 * back opens it again.
 * @param trainingGoesOn then a project that is trained in stays open until that has ended
 */
export async function letGoOf(
  context: EngineContext,
  project: string,
  holder: Holder,
  trainingGoesOn: boolean,
): Promise<void> {
  const { projects, atWork, trainers } = context;
  projects.release(project, holder);
  // What it asked for itself, nobody waits for any more.
  await atWork.of({ project, asker: holder }).end();
  if ([...projects.holders(project)].some(({ present }) => present)) return;
  if (trainingGoesOn && trainers.isTraining(project)) return;
  await closeProject(context, project);
}

/** A holder is gone for good. */
export async function letGoOfAll(context: EngineContext, holder: Holder): Promise<void> {
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
