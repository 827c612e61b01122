/**
 * Closes a project in order: what works on it ends, what trains in it stops and is recorded, who waits is answered, and
 * then the store closes. Convention: from the first moment on the project counts as not open.
 */
import type { EngineContext } from './engine-context.ts';

/** @param project the absolute path of its folder; one that is not open is closed already */
export async function closeProject({ projects, atWork, trainers }: EngineContext, project: string): Promise<void> {
  await projects.closeAfter(project, async () => {
    const work = atWork.of(project);
    await work.end();
    await trainers.stop(project);
    await work.settled();
  });
}
