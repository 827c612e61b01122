/**
 * Thumbnails of images as URLs for <img>, in a cache. Convention: the latest request is fetched first, few at once; what
 * no component uses any more is not fetched; the least recently used is evicted.
 */
import { onBeforeUnmount, ref, shallowRef, toValue, watch } from 'vue';
import type { MaybeRefOrGetter, ShallowRef } from 'vue';
import { engine } from '../engine.ts';
import { errorText, isAborted } from '../locales/engine-texts.ts';
import { useProject } from '../stores/project/project.ts';

interface Picture {
  readonly url?: string;
  readonly trouble?: string;
}

interface ThumbnailRequest {
  readonly project: string;
  readonly image: number;
}

interface Entry extends ThumbnailRequest {
  readonly key: string;
  readonly side: number;
  readonly picture: ShallowRef<Picture>;
  readonly abort: AbortController;
  users: number;
}

/** Some 8 KB each. */
const cacheSize = 2500;
const mostFetches = 4;
const sides = [128, 256, 512];

/** The map keeps the order of use: the newest is last. */
const entries = new Map<string, Entry>();
/** The newest is last, and fetched first. */
let waiting: Entry[] = [];
let fetching = 0;
/** Grows when files may have changed. */
const generation = ref(0);

/**
 * The picture of one image, as long as the component lives.
 *
 * @param request undefined: none
 * @param side in CSS pixels; taken up to the next of a few sizes, so that a slider does not fetch everything anew
 */
export function useThumbnail(
  request: MaybeRefOrGetter<ThumbnailRequest | undefined>,
  side: MaybeRefOrGetter<number>,
): Readonly<ShallowRef<Picture>> {
  const shown = shallowRef<Picture>({});
  let entry: Entry | undefined;
  let endWatch = (): void => undefined;

  const end = (): void => {
    endWatch();
    if (entry !== undefined) release(entry);
    entry = undefined;
  };
  const key = (): string => {
    const now = toValue(request);
    return now === undefined ? '' : `${generation.value}|${sideOf(toValue(side))}|${now.image}|${now.project}`;
  };
  const renew = (): void => {
    const before = entry;
    end();
    const now = toValue(request);
    // Another size of the same image: the picture that is there is better than none.
    if (now === undefined || before?.image !== now.image || before.project !== now.project) shown.value = {};
    if (now === undefined) return;
    const acquired = acquire(key(), now, sideOf(toValue(side)));
    entry = acquired;
    endWatch = watch(
      acquired.picture,
      (picture) => {
        if (picture.url !== undefined || picture.trouble !== undefined) shown.value = picture;
      },
      { immediate: true },
    );
  };
  watch(key, renew, { immediate: true });
  const project = useProject();
  // After a break, what failed may be there again.
  watch(
    () => project.generation,
    () => {
      if (shown.value.trouble !== undefined) renew();
    },
  );
  onBeforeUnmount(end);
  return shown;
}

/** After files have changed: what is shown is fetched anew. */
export function forgetThumbnails(): void {
  generation.value++;
}

function sideOf(side: number): number {
  const wanted = side * Math.min(2, window.devicePixelRatio);
  return sides.find((known) => known >= wanted) ?? sides.at(-1)!;
}

function acquire(key: string, request: ThumbnailRequest, side: number): Entry {
  const known = entries.get(key);
  const entry = known ?? { ...request, key, side, picture: shallowRef({}), abort: new AbortController(), users: 0 };
  entries.delete(key);
  entries.set(key, entry);
  entry.users++;
  if (known === undefined) {
    waiting.push(entry);
    // After all requests of this turn, so that the newest of them is known.
    queueMicrotask(fetchNext);
  }
  return entry;
}

function release(entry: Entry): void {
  entry.users--;
  if (entry.users === 0 && entry.picture.value.url === undefined) {
    entry.abort.abort();
    waiting = waiting.filter((other) => other !== entry);
    forget(entry);
  }
  evict();
}

function fetchNext(): void {
  while (fetching < mostFetches) {
    const entry = waiting.pop();
    if (entry === undefined) return;
    fetching++;
    void fetchPicture(entry).finally(() => {
      fetching--;
      fetchNext();
    });
  }
}

async function fetchPicture(entry: Entry): Promise<void> {
  const { project, image, side, abort, picture } = entry;
  try {
    const { data, type } = await engine.request('image.thumbnail', { project, image, side }, { signal: abort.signal });
    if (abort.signal.aborted) return;
    picture.value = { url: URL.createObjectURL(new Blob([new Uint8Array(data)], { type })) };
  } catch (error) {
    if (abort.signal.aborted) return;
    // Ended with its engine or its project: who still needs it requests it again.
    if (isAborted(error)) forget(entry);
    else picture.value = { trouble: errorText(error) };
  }
}

function evict(): void {
  if (entries.size <= cacheSize) return;
  for (const entry of entries.values()) {
    if (entries.size <= cacheSize) return;
    if (entry.users === 0) forget(entry);
  }
}

function forget(entry: Entry): void {
  const { url } = entry.picture.value;
  if (url !== undefined) URL.revokeObjectURL(url);
  if (entries.get(entry.key) === entry) entries.delete(entry.key);
}
