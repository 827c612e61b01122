/**
 * Small pictures of images, as addresses that an <img> takes. Convention: what was wanted last is fetched first, few at
 * once; what nobody wants any more is not fetched; what was used longest ago is let go.
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

interface Entry {
  readonly key: string;
  readonly project: string;
  readonly image: number;
  readonly side: number;
  readonly picture: ShallowRef<Picture>;
  readonly abort: AbortController;
  users: number;
}

export interface WantedThumbnail {
  readonly project: string;
  readonly image: number;
}

/** Some 8 KB each. */
const mostKept = 2500;
const atOnce = 4;
const sides = [128, 256, 512];

/** The map keeps the order of use: the newest is last. */
const entries = new Map<string, Entry>();
/** The newest is last, and fetched first. */
let waiting: Entry[] = [];
let fetching = 0;
/** Grows when pictures may have changed. */
const generation = ref(0);

/**
 * The picture of one image, as long as the component lives.
 *
 * @param wanted undefined: none
 * @param side in CSS pixels; taken up to the next of a few sizes, so that a slider does not fetch everything anew
 */
export function useThumbnail(
  wanted: MaybeRefOrGetter<WantedThumbnail | undefined>,
  side: MaybeRefOrGetter<number>,
): Readonly<ShallowRef<Picture>> {
  const shown = shallowRef<Picture>({});
  let entry: Entry | undefined;
  let endWatch = (): void => undefined;

  const release = (): void => {
    endWatch();
    if (entry !== undefined) drop(entry);
    entry = undefined;
  };
  const key = (): string => {
    const now = toValue(wanted);
    return now === undefined ? '' : `${generation.value}|${sideOf(toValue(side))}|${now.image}|${now.project}`;
  };
  const renew = (): void => {
    const before = entry;
    release();
    const now = toValue(wanted);
    // Another size of the same image: the picture that is there is better than none.
    if (now === undefined || before?.image !== now.image || before.project !== now.project) shown.value = {};
    if (now === undefined) return;
    const taken = take(key(), now, sideOf(toValue(side)));
    entry = taken;
    endWatch = watch(
      taken.picture,
      (picture) => {
        if (picture.url !== undefined || picture.trouble !== undefined) shown.value = picture;
      },
      { immediate: true },
    );
  };
  watch(key, renew, { immediate: true });
  const project = useProject();
  // After a break, what could not be shown may be there again.
  watch(
    () => project.generation,
    () => {
      if (shown.value.trouble !== undefined) renew();
    },
  );
  onBeforeUnmount(release);
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

function take(key: string, { project, image }: WantedThumbnail, side: number): Entry {
  const known = entries.get(key);
  const entry: Entry = known ?? {
    key,
    project,
    image,
    side,
    picture: shallowRef({}),
    abort: new AbortController(),
    users: 0,
  };
  entries.delete(key);
  entries.set(key, entry);
  entry.users++;
  if (known === undefined) {
    waiting.push(entry);
    // After all that come into view in this turn, so that the newest of them is known.
    queueMicrotask(fetchNext);
  }
  return entry;
}

/** Given back: what is not fetched yet is not fetched. */
function drop(entry: Entry): void {
  entry.users--;
  if (entry.users === 0 && entry.picture.value.url === undefined) {
    entry.abort.abort();
    waiting = waiting.filter((other) => other !== entry);
    forget(entry);
  }
  letGo();
}

function fetchNext(): void {
  while (fetching < atOnce) {
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
    // Ended with its engine or its project: whoever still wants it asks again.
    if (isAborted(error)) forget(entry);
    else picture.value = { trouble: errorText(error) };
  }
}

function letGo(): void {
  if (entries.size <= mostKept) return;
  for (const entry of entries.values()) {
    if (entries.size <= mostKept) return;
    if (entry.users === 0) forget(entry);
  }
}

function forget(entry: Entry): void {
  const { url } = entry.picture.value;
  if (url !== undefined) URL.revokeObjectURL(url);
  if (entries.get(entry.key) === entry) entries.delete(entry.key);
}
