/**
 * Predictions of a few images that the shown run does not learn from, renewed while it learns. Not proposals: they are kept
 * nowhere. Convention: requested only while they are visible, after an epoch, and never twice at once.
 */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { ImageInfo } from '../../../engine/contract/images.ts';
import type { ResultOf } from '../../../engine/contract/requests.ts';
import { engine } from '../../engine.ts';
import { errorText, reasonOf } from '../../locales/engine-texts.ts';
import { useProject } from '../project/project.ts';
import { useRunSelection } from './run-selection.ts';

export type SmallMap = ResultOf<'train.preview'>['maps'][number];

const shownImages = 6;
/** Of the answer, in pixels: twice what is shown, for fine screens. */
const side = 320;
/** Between two requests: an epoch of a small set is over sooner, and a request takes from what the run computes with. */
const leastMilliseconds = 4000;
const timesItTook = 20;

export const useSamplePredictions = defineStore('sample-predictions', () => {
  const project = useProject();
  const selection = useRunSelection();

  const maps = shallowRef<ReadonlyMap<number, SmallMap>>(new Map());
  /** Why there is none of an image. */
  const failed = shallowRef<ReadonlyMap<number, string>>(new Map());
  /** Why there is none at all, or none that is new. */
  const trouble = ref<string>();
  /** After which the network was saved that made them. */
  const epoch = ref<number>();
  let watchers = 0;
  let asking = false;
  let nextAt = 0;
  let made = '';

  const images = computed(() => spread(project.images));

  /** @returns ends the watching */
  function watchSamples(): () => void {
    watchers++;
    renew();
    return () => {
      watchers--;
    };
  }

  /** What the shown run's newest network is, as far as it is known here. */
  function wanted(): string | undefined {
    const { shown } = selection;
    if (shown?.latestFile === undefined && shown?.bestFile === undefined) return undefined;
    const shownIds = images.value.map(({ id }) => id).join();
    return `${shown.project} ${shown.id} ${shown.status} ${shown.epochs.done} ${shownIds}`;
  }

  function renew(): void {
    const key = wanted();
    if (watchers === 0 || asking || key === undefined || key === made) return;
    const rest = nextAt - performance.now();
    if (rest > 0 && made !== '') {
      setTimeout(renew, rest);
      return;
    }
    void ask(key);
  }

  async function ask(key: string): Promise<void> {
    const run = selection.shown;
    if (run === undefined || images.value.length === 0) return;
    asking = true;
    const began = performance.now();
    try {
      const ids = images.value.map(({ id }) => id);
      const answer = await engine.request('train.preview', { project: run.project, run: run.id, images: ids, side });
      if (selection.shown?.id !== run.id) return;
      maps.value = new Map(answer.maps.map((map) => [map.image, map]));
      failed.value = new Map(answer.failed.map((note) => [note.image, reasonOf(note).text]));
      epoch.value = answer.epoch;
      trouble.value = undefined;
    } catch (error) {
      // The pictures that are there stay; the next epoch asks again.
      if (selection.shown?.id === run.id) trouble.value = errorText(error);
    } finally {
      asking = false;
      const now = performance.now();
      nextAt = now + Math.max(leastMilliseconds, timesItTook * (now - began));
      made = key;
    }
    renew();
  }

  watch(
    () => [project.folder, selection.shown?.id],
    () => {
      maps.value = new Map();
      failed.value = new Map();
      trouble.value = undefined;
      epoch.value = undefined;
      made = '';
    },
    { flush: 'sync' },
  );
  watch(wanted, renew);

  return { images, maps, failed, trouble, epoch, watch: watchSamples };
});

/** A few of the validation part, from all over it; where there are few, of the test part too. */
function spread(images: readonly ImageInfo[]): readonly ImageInfo[] {
  const present = images.filter(({ labelled, missing }) => labelled && !missing);
  const validated = present.filter(({ part }) => part === 'val');
  const tested = present.filter(({ part }) => part === 'test').slice(0, Math.max(0, shownImages - validated.length));
  const from = [...validated, ...tested];
  const count = Math.min(shownImages, from.length);
  return Array.from({ length: count }, (_, at) => from[Math.floor((at * from.length) / count)]!);
}
