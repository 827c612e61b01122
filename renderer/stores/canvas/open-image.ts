/**
 * One image, opened to be painted: its labels with their history, and its pixels, which come in bands. Not the choice of
 * the image and not how it is shown. Convention: the labels are there before it can be painted on; the pixels follow.
 */
import type { ImageInfo } from '../../../engine/contract/images.ts';
import type { LabelChange } from '../../../engine/contract/labels.ts';
import { Editor } from '../../canvas/editor.ts';
import type { EditorState } from '../../canvas/editor.ts';
import { History } from '../../canvas/history.ts';
import type { HistoryStore } from '../../canvas/history.ts';
import { emptyImage, setRows, sketchOf } from '../../canvas/image-pixels.ts';
import type { ComingRows } from '../../canvas/image-pixels.ts';
import { LabelImage } from '../../canvas/label-image.ts';
import type { TileContent } from '../../canvas/label-image.ts';
import { engine } from '../../engine.ts';

/** Of pixels in one request. */
const bandBytes = 4 << 20;
/** Of more than so many bands a sketch is shown until they are there. */
const bandsWithoutSketch = 8;
/** Of a sketch's longer side, at most. */
const sketchSide = 1024;
const bandsAhead = 3;

export interface OpenImage {
  readonly id: number;
  /** Another one after `reload`. */
  editor: Editor;
  /** Rows of pixels that are there. */
  rows: number;
  /** The labels' revision that is shown here. */
  revision: number;
  /** Resolves when all pixels are there; rejects when the file cannot be read. */
  readonly pixels: Promise<void>;
  /** The labels as the engine has them, after somebody else changed them; the pixels stay. */
  reload(): Promise<void>;
  /** Stops what is still being loaded. */
  end(): void;
}

export interface OpenImageEvents {
  /** Rows `top` to `bottom` of the pixels have come. */
  readonly onRows: (open: OpenImage, top: number, bottom: number) => void;
  /** A sketch of the whole has come, before its rows. */
  readonly onSketch: (open: OpenImage) => void;
  /** A gesture, an undo or a redo has reached the disk, or has not. */
  readonly onSaved: () => void;
}

export async function openImage(
  project: string,
  { id, width, height, channels, bits }: ImageInfo,
  state: Partial<EditorState>,
  { onRows, onSketch, onSaved }: OpenImageEvents,
): Promise<OpenImage> {
  const ending = new AbortController();
  const ofImage = { project, image: id };
  const coming: ComingRows = { there: 0, sketch: undefined };
  const image = { ...emptyImage({ width, height }, channels === 1 ? 1 : 3, bits), coming };
  const taken = (change: LabelChange): readonly TileContent[] | undefined => {
    if (change === null) return undefined;
    open.revision = change.revision;
    return change.tiles;
  };
  const told = <Answer>(asked: Promise<Answer>): Promise<Answer> => {
    // In a task of its own: by then the history has taken note.
    const tell = (): void => void setTimeout(onSaved, 0);
    asked.then(tell, tell);
    return asked;
  };
  const store: HistoryStore = {
    apply: async ({ tool, tiles }) => {
      const gesture = tiles.map(({ tileX, tileY, after }) => ({ tileX, tileY, after }));
      const note = { origin: 'painted', description: tool } as const;
      const { revision } = await told(engine.request('labels.apply', { ...ofImage, tiles: gesture, ...note }));
      if (revision !== null) open.revision = revision;
    },
    undo: async () => taken((await told(engine.request('labels.undo', ofImage))).change),
    redo: async () => taken((await told(engine.request('labels.redo', ofImage))).change),
    read: async () => {
      const answer = await engine.request('labels.read', ofImage);
      open.revision = answer.revision;
      return answer.data ?? undefined;
    },
  };

  async function readLabels(shown: Partial<EditorState>): Promise<{ editor: Editor; revision: number }> {
    const [read, { edits }] = await Promise.all([
      engine.request('labels.read', ofImage),
      engine.request('labels.history', ofImage),
    ]);
    const labels = new LabelImage({ width, height }, read.data ?? undefined);
    const undone = edits.filter((edit) => edit.undone).length;
    const history = new History(labels, store, { undoable: edits.length - undone, redoable: undone });
    return { editor: new Editor({ labels, image, history }, shown), revision: read.revision };
  }

  async function loadSketch(): Promise<void> {
    const factor = Math.ceil(Math.max(width, height) / sketchSide);
    const { data } = await engine.request('image.sketch', { ...ofImage, factor }, { signal: ending.signal });
    if (coming.there === height) return;
    coming.sketch = sketchOf(image, factor, data);
    onSketch(open);
  }

  async function loadPixels(): Promise<void> {
    const rowBytes = width * image.channels * image.data.BYTES_PER_ELEMENT;
    // What is wrong with the file, its rows say.
    if (height * rowBytes > bandsWithoutSketch * bandBytes) loadSketch().catch(() => undefined);
    const bandRows = Math.max(1, Math.floor(bandBytes / rowBytes));
    const ask = (top: number) =>
      engine.request('image.pixels', { ...ofImage, top, rows: bandRows }, { signal: ending.signal });
    // The engine reads the next bands while this one is shown.
    const asked: ReturnType<typeof ask>[] = [];
    for (let top = 0; top < height; top += bandRows) {
      for (let next = top + asked.length * bandRows; asked.length < bandsAhead && next < height; next += bandRows) {
        const band = ask(next);
        band.catch(() => undefined);
        asked.push(band);
      }
      const band = await asked.shift()!;
      setRows(image, top, band.data);
      open.rows = top + band.rows;
      onRows(open, top, open.rows);
    }
  }

  const open: OpenImage = {
    id,
    ...(await readLabels(state)),
    rows: 0,
    pixels: Promise.resolve().then(loadPixels),
    reload: async () => {
      const before = open.editor;
      before.release();
      await before.history.settled();
      Object.assign(open, await readLabels(before.state));
    },
    end: () => ending.abort(),
  };
  // Whoever shows it waits for it; one that was only loaded ahead may fail unseen.
  open.pixels.catch(() => undefined);
  return open;
}
