/**
 * The gallery: what of the project's images is shown, in which order and size, and which are selected. Not what is done
 * with them (gallery-actions.ts). Convention: filter, order and size are remembered with the project.
 */
import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import type { ImageInfo } from '../../../engine/contract/images.ts';
import {
  createNameRanks,
  filterImages,
  hasPart,
  hasState,
  partFilters,
  sortImages,
  sortKeys,
  stateFilters,
} from './gallery-order.ts';
import type { GalleryFilter, SortKey } from './gallery-order.ts';
import { createListSelection } from './list-selection.ts';
import { useProject } from '../project/project.ts';
import { isRecord } from '../shell/is-record.ts';

interface GalleryView extends GalleryFilter {
  readonly sort: SortKey;
  readonly descending: boolean;
  /** Of a picture, in CSS pixels. */
  readonly side: number;
}

const defaultView: GalleryView = { search: '', state: 'all', part: 'all', sort: 'added', descending: false, side: 160 };
export const sideRange = { min: 96, max: 320 };

export const useGallery = defineStore('gallery', () => {
  const project = useProject();
  const view = shallowRef(defaultView);
  const ranksOf = createNameRanks();

  const ordered = computed(() => sortImages(project.images, view.value, project.proposals, ranksOf(project.images)));
  const shown = computed(() => filterImages(ordered.value, view.value, project.proposals));
  const ids = computed(() => shown.value.map(({ id }) => id));
  const selection = createListSelection(() => ids.value);

  const stateCounts = computed(() =>
    countsOf(stateFilters, (image, state) => hasState(image, state, project.proposals)),
  );
  const partCounts = computed(() => countsOf(partFilters, hasPart));

  watch(
    () => project.folder,
    () => {
      view.value = project.folder === undefined ? defaultView : checkedView(project.recall('gallery'));
      selection.none();
      selection.focused.value = undefined;
    },
    { immediate: true },
  );

  function countsOf<Filter extends string>(
    filters: readonly Filter[],
    has: (image: ImageInfo, filter: Filter) => boolean,
  ) {
    const counts = filters.map((filter) => [filter, project.images.filter((image) => has(image, filter)).length]);
    return Object.fromEntries(counts) as Readonly<Record<Filter, number>>;
  }

  function set(changed: Partial<GalleryView>): void {
    view.value = { ...view.value, ...changed };
    // A search is for now, not for the next time.
    const { state, part, sort, descending, side } = view.value;
    project.remember({ gallery: { state, part, sort, descending, side } });
  }

  function showAll(): void {
    set({ search: '', state: 'all', part: 'all' });
  }

  function open(id: number): void {
    project.select(id);
    project.go('annotate');
  }

  return { view, shown, ids, selection, stateCounts, partCounts, set, showAll, open };
});

/** What is of another form is as if it were not there. */
function checkedView(stored: unknown): GalleryView {
  const { state, part, sort, descending, side } = isRecord(stored) ? stored : {};
  return {
    search: '',
    state: stateFilters.find((known) => known === state) ?? defaultView.state,
    part: partFilters.find((known) => known === part) ?? defaultView.part,
    sort: sortKeys.find((known) => known === sort) ?? defaultView.sort,
    descending: descending === true,
    side: typeof side === 'number' && side >= sideRange.min && side <= sideRange.max ? side : defaultView.side,
  };
}
