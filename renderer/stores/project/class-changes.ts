/**
 * What a person does with classes. Convention: the engine answers with all of them as they are now; what takes something
 * away is told with a way back.
 */
import type { ClassList } from '../../../engine/contract/classes.ts';
import { engine } from '../../engine.ts';
import { translate } from '../../locales/i18n.ts';
import { useNotices } from '../shell/notices.ts';
import { useProject } from './project.ts';

export function useClassChanges() {
  const project = useProject();
  const notices = useNotices();
  const taken = async (asked: Promise<ClassList>): Promise<void> => {
    await notices.attempt(async () => project.takeClasses(await asked));
  };
  const ofClass = (id: number) => ({ project: project.name(), class: id });

  async function remove(id: number, name: string): Promise<void> {
    await taken(engine.request('classes.remove', ofClass(id)));
    offerBack(id, translate('annotate.classes.removed', { name }));
  }

  async function merge(
    id: number,
    into: number,
    names: { readonly from: string; readonly into: string },
  ): Promise<void> {
    await taken(engine.request('classes.merge', { project: project.name(), from: [id], into }));
    offerBack(id, translate('annotate.classes.merged', names));
  }

  function offerBack(id: number, text: string): void {
    const restore = (): void => void taken(engine.request('classes.restore', ofClass(id)));
    notices.say(text, { title: translate('shell.notices.undo'), run: restore });
  }

  return {
    add: (name: string) => taken(engine.request('classes.add', { project: project.name(), name })),
    rename: (id: number, name: string) => taken(engine.request('classes.rename', { ...ofClass(id), name })),
    recolor: (id: number, color: string) => taken(engine.request('classes.recolor', { ...ofClass(id), color })),
    restore: (id: number) => taken(engine.request('classes.restore', ofClass(id))),
    reorder: (order: readonly number[]) =>
      taken(engine.request('classes.reorder', { project: project.name(), order: [...order] })),
    remove,
    merge,
  };
}
