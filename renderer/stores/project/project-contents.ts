/**
 * What is in the open project: its images, classes and proposals. Not which of them is shown. Convention: the engine is
 * right; what its events and answers say replaces what was known.
 */
import { computed, ref, shallowRef } from 'vue';
import type { ClassList } from '../../../engine/contract/classes.ts';
import type { EngineEvent } from '../../../engine/contract/events.ts';
import type { ImageInfo } from '../../../engine/contract/images.ts';
import type { ProjectInfo } from '../../../engine/contract/project.ts';
import type { ProposalInfo } from '../../../engine/contract/proposals.ts';
import { engine } from '../../engine.ts';

export function createProjectContents() {
  const info = shallowRef<ProjectInfo>();
  /** In the order in which they were added. */
  const images = shallowRef<readonly ImageInfo[]>([]);
  const classes = shallowRef<ClassList['classes']>([]);
  const removedClasses = shallowRef<ClassList['removed']>([]);
  const proposals = shallowRef<ReadonlyMap<number, ProposalInfo>>(new Map());
  /** Grows when everything was loaded anew. */
  const generation = ref(0);
  const folder = computed(() => info.value?.project);
  const byId = computed(() => new Map(images.value.map((image) => [image.id, image])));

  /** All of it, or nothing changes. @throws MambrushError */
  async function load(opened: ProjectInfo): Promise<void> {
    const { project } = opened;
    const [listed, classList, proposed] = await Promise.all([
      engine.request('images.list', { project }),
      engine.request('classes.list', { project }),
      engine.request('proposals.list', { project }),
    ]);
    info.value = opened;
    images.value = listed.images;
    setClasses(classList);
    setProposals(proposed.proposals);
    generation.value++;
  }

  /** After an import or a split. @throws MambrushError */
  async function refresh(): Promise<void> {
    if (folder.value !== undefined) await load(await engine.request('project.info', { project: folder.value }));
  }

  function clear(): void {
    info.value = undefined;
    images.value = [];
    classes.value = [];
    proposals.value = new Map();
  }

  function setClasses(list: ClassList): void {
    classes.value = list.classes;
    removedClasses.value = list.removed;
  }

  function setProposals(list: readonly ProposalInfo[]): void {
    proposals.value = new Map(list.map((proposal) => [proposal.image, proposal]));
  }

  async function update(event: EngineEvent): Promise<void> {
    const project = folder.value;
    if (project === undefined || event.project !== project) return;
    if (event.kind === 'images.changed') {
      if (event.images.length === 0) await refresh();
      else mergeImages(event.images);
    } else if (event.kind === 'classes.changed') setClasses(await engine.request('classes.list', { project }));
    else if (event.kind === 'proposals.changed') {
      setProposals((await engine.request('proposals.list', { project })).proposals);
    }
  }

  function mergeImages(changed: readonly ImageInfo[]): void {
    const changes = new Map(changed.map((image) => [image.id, image]));
    const kept = images.value.map((image) => changes.get(image.id) ?? image);
    const added = changed.filter(({ id }) => !byId.value.has(id));
    images.value = added.length === 0 ? kept : [...kept, ...added];
  }

  // What could not be asked for is asked for again after the break.
  engine.listen((event) => void update(event).catch(() => undefined));

  return {
    info,
    images,
    classes,
    removedClasses,
    proposals,
    generation,
    folder,
    byId,
    load,
    refresh,
    clear,
    setClasses,
  };
}
