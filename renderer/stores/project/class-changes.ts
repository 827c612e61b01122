/**
 * Changes of classes. Convention: the engine answers with all of them as they are now; removing and merging can be undone
 * from their notice.
 */
import type { ClassList } from '../../../engine/contract/classes.ts';
import { engine } from '../../engine.ts';
import { translate } from '../../locales/i18n.ts';
import { useNotices } from '../shell/notices.ts';
import { useProject } from './project.ts';

export function useClassChanges() {
  const project = useProject();
  const notices = useNotices();
  const applied = async (asked: Promise<ClassList>): Promise<void> => {
    await notices.attempt(async () => project.setClasses(await asked));
  };
  const ofClass = (id: number) => ({ project: project.name(), class: id });
  const restore = (id: number): Promise<void> => applied(engine.request('classes.restore', ofClass(id)));

  async function remove(id: number, name: string): Promise<void> {
    await applied(engine.request('classes.remove', ofClass(id)));
    offerUndo(id, translate('annotate.classes.removed', { name }));
  }

  async function merge(
    id: number,
    into: number,
    names: { readonly from: string; readonly into: string },
  ): Promise<void> {
    await applied(engine.request('classes.merge', { project: project.name(), from: [id], into }));
    offerUndo(id, translate('annotate.classes.merged', names));
  }

  function offerUndo(id: number, text: string): void {
    notices.sayUndoable(text, () => restore(id));
  }

  return {
    add: (name: string) => applied(engine.request('classes.add', { project: project.name(), name })),
    rename: (id: number, name: string) => applied(engine.request('classes.rename', { ...ofClass(id), name })),
    recolor: (id: number, color: string) => applied(engine.request('classes.recolor', { ...ofClass(id), color })),
    restore,
    reorder: (order: readonly number[]) =>
      applied(engine.request('classes.reorder', { project: project.name(), order: [...order] })),
    remove,
    merge,
  };
}
