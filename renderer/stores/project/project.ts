/**
 * The open project: its images, classes, proposals, and which image is looked at. Not its pixels. Convention: the engine
 * is right; what it tells by events is taken over as it is, and after a break everything is asked for again.
 */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { ClassList } from '../../../engine/contract/classes.ts';
import { MambrushError } from '../../../engine/contract/error.ts';
import type { EngineEvent } from '../../../engine/contract/events.ts';
import type { ImageInfo } from '../../../engine/contract/images.ts';
import type { ProjectInfo } from '../../../engine/contract/project.ts';
import type { StoredValues } from '../../../engine/contract/preferences.ts';
import type { ProposalInfo } from '../../../engine/contract/proposals.ts';
import { engine } from '../../engine.ts';
import { textOfError } from '../../locales/engine-texts.ts';
import { translate } from '../../locales/i18n.ts';
import { folderName } from '../shell/folder-names.ts';
import { useNotices } from '../shell/notices.ts';
import { usePreferences } from '../shell/preferences.ts';

export type View = 'annotate' | 'gallery' | 'train' | 'review';

export const useProject = defineStore('project', () => {
  const info = shallowRef<ProjectInfo>();
  /** In the order in which they were added. */
  const images = shallowRef<readonly ImageInfo[]>([]);
  const classes = shallowRef<ClassList['classes']>([]);
  const removedClasses = shallowRef<ClassList['removed']>([]);
  const proposals = shallowRef<ReadonlyMap<number, ProposalInfo>>(new Map());
  const currentId = ref<number>();
  const view = ref<View>('annotate');

  /** What the window remembers of this project: tool, panels and the like, each by whoever shows it. */
  let remembered: StoredValues = {};
  /** Grows when everything was loaded anew. */
  const generation = ref(0);

  const folder = computed(() => info.value?.project);
  const byId = computed(() => new Map(images.value.map((image) => [image.id, image])));
  const current = computed(() => (currentId.value === undefined ? undefined : byId.value.get(currentId.value)));

  /** Everything about it, or nothing changes. @throws MambrushError */
  async function open(path: string, create = false): Promise<void> {
    const opened = await engine.request('project.open', { folder: path, create });
    const { values } = await engine.request('view.read', { project: opened.project });
    const before = folder.value;
    if (before !== undefined && before !== opened.project) await letGo(before);
    remembered = values;
    await load(opened);
    const { view: seen, image } = values;
    view.value = seen === 'gallery' || seen === 'train' || seen === 'review' ? seen : 'annotate';
    currentId.value = typeof image === 'number' && byId.value.has(image) ? image : images.value[0]?.id;
    usePreferences().remember(opened.project);
    // Somebody who opens images wants to paint: one class is there from the start.
    if (classes.value.length === 0 && removedClasses.value.length === 0) {
      const name = translate('annotate.classes.first');
      takeClasses(await engine.request('classes.add', { project: opened.project, name }));
    }
  }

  /** What has to be on the disk before a project is let go of; one that throws keeps it open. */
  const finishers = new Set<() => Promise<void>>();

  async function letGo(project: string): Promise<void> {
    for (const finish of finishers) await finish();
    await engine.request('project.close', { project, trainingGoesOn: true });
  }

  /** @throws MambrushError when something could not be saved: then it stays open */
  async function close(): Promise<void> {
    if (folder.value !== undefined) await letGo(folder.value);
    info.value = undefined;
    images.value = [];
    classes.value = [];
    proposals.value = new Map();
    currentId.value = undefined;
    usePreferences().leave();
  }

  /** @throws MambrushError when no project is open */
  function name(): string {
    if (folder.value === undefined) throw new Error('no project is open');
    return folder.value;
  }

  async function load(opened: ProjectInfo): Promise<void> {
    const { project } = opened;
    const [listed, classList, proposed] = await Promise.all([
      engine.request('images.list', { project }),
      engine.request('classes.list', { project }),
      engine.request('proposals.list', { project }),
    ]);
    info.value = opened;
    images.value = listed.images;
    takeClasses(classList);
    takeProposals(proposed.proposals);
    if (currentId.value !== undefined && !byId.value.has(currentId.value)) currentId.value = images.value[0]?.id;
    generation.value++;
  }

  /** What was remembered under this name; whoever uses it checks its form. */
  function recall(name: string): unknown {
    return remembered[name];
  }

  /** After an import, a split, a break: all of it anew. */
  async function refresh(): Promise<void> {
    if (folder.value !== undefined) await load(await engine.request('project.info', { project: folder.value }));
  }

  function takeClasses(list: ClassList): void {
    classes.value = list.classes;
    removedClasses.value = list.removed;
  }

  function takeProposals(list: readonly ProposalInfo[]): void {
    proposals.value = new Map(list.map((proposal) => [proposal.image, proposal]));
  }

  function select(id: number): void {
    currentId.value = id;
    remember({ image: id });
  }

  function go(to: View): void {
    view.value = to;
    remember({ view: to });
  }

  /** Of this project, for the next time. What cannot be written is no loss of work. */
  function remember(values: StoredValues): void {
    if (folder.value === undefined) return;
    remembered = { ...remembered, ...values };
    void engine.request('view.write', { project: folder.value, values }).catch(() => undefined);
  }

  function take(event: EngineEvent): void {
    if (folder.value === undefined || event.project !== folder.value) return;
    if (event.kind === 'images.changed') takeImages(event.images);
    else if (event.kind === 'classes.changed') {
      void engine.request('classes.list', { project: folder.value }).then(takeClasses, () => undefined);
    } else if (event.kind === 'proposals.changed') {
      void engine.request('proposals.list', { project: folder.value }).then(
        (list) => takeProposals(list.proposals),
        () => undefined,
      );
    }
  }

  function takeImages(changed: readonly ImageInfo[]): void {
    if (changed.length === 0) {
      void refresh().catch(() => undefined);
      return;
    }
    const news = new Map(changed.map((image) => [image.id, image]));
    const kept = images.value.map((image) => news.get(image.id) ?? image);
    const added = changed.filter(({ id }) => !byId.value.has(id));
    images.value = added.length === 0 ? kept : [...kept, ...added];
  }

  engine.listen(take);
  engine.watch((state) => {
    if (state.kind !== 'open' || folder.value === undefined) return;
    void openAgain(folder.value);
  });

  /** After a break: an engine that was started anew has nothing open, and others may have closed what we were away from. */
  async function openAgain(path: string): Promise<void> {
    try {
      await load(await engine.request('project.open', { folder: path }));
    } catch (error) {
      // Another attempt is on its way then.
      const isRestarted = error instanceof MambrushError && error.code === 'engine-restarted';
      if (folder.value !== path || isRestarted) return;
      const { text: reason, detail } = textOfError(error);
      const title = translate('shell.project.openAgain');
      const text = translate('shell.project.gone', { name: folderName(path), reason });
      useNotices().warn({ text, detail }, { title, run: () => void openAgain(path) });
    }
  }

  return {
    info,
    images,
    classes,
    removedClasses,
    proposals,
    currentId,
    current,
    view,
    generation,
    folder,
    byId,
    open,
    close,
    beforeClose: (finish: () => Promise<void>) => finishers.add(finish),
    name,
    refresh,
    takeClasses,
    select,
    go,
    remember,
    recall,
  };
});
