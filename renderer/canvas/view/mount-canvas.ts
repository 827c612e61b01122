/**
 * The annotation canvas in an element of the page: shows an editor, feeds it, and draws when something changed. What the
 * window's shell uses of this folder.
 * Convention: one frame for all changes since the last one, and none when there are none.
 */
import { confusionPalette } from '../confusion.ts';
import type { Editor } from '../editor.ts';
import { unlabelled } from '../label-image.ts';
import type { Layer } from '../layer.ts';
import { paletteBytes } from '../palette.ts';
import type { ClassColor } from '../palette.ts';
import type { DisplaySettings } from '../settings.ts';
import type { ShownLayer } from '../shade.ts';
import type { Screen } from '../viewport.ts';
import { Overlay } from './overlay.ts';
import { listen } from './pointer-input.ts';
import { deviceSide, SceneRenderer } from './scene-renderer.ts';

export interface MountOptions {
  /** After every change of the editor that is shown, in the same task; to read its records from. */
  readonly onChange?: (editor: Editor) => void;
  /** After every frame: milliseconds that our own code took in it, and what it showed of the pointer. */
  readonly onFrame?: (milliseconds: number, frame: FrameTimes) => void;
  /** Beside the image: red, green, blue, 0..1. */
  readonly surround?: readonly [number, number, number];
}

/**
 * From the hand to the screen: `drawnAt - inputAt` is how long the eldest event waited that this frame is the first to
 * show. Times are those of `performance.now()`; what the graphics device does after its commands were given is not in
 * them.
 */
export interface FrameTimes {
  /** When the browser says that pointer or wheel moved; undefined: neither did since the last frame. */
  readonly inputAt: number | undefined;
  readonly drawnAt: number;
  /** All that was painted is on the device; false: the next frame shows more of it. */
  readonly complete: boolean;
}

export interface MountedCanvas {
  /** Shows an image and gives it the pointer; undefined: none. Release the editor before. */
  show(editor: Editor | undefined): void;
  /** What is not listed is not shown. */
  setClasses(classes: readonly ClassColor[]): void;
  /** After `setRows`: rows top … bottom - 1 of the image that is shown. */
  imageChanged(top: number, bottom: number): void;
  /** Draw in the next frame. Needed only after something that `onChange` does not tell of. */
  requestDraw(): void;
  destroy(): void;
}

/** @throws Error when there is no WebGL 2 */
export function mountCanvas(host: HTMLElement, options: MountOptions = {}): MountedCanvas {
  const scene = layer();
  const drawing = layer();
  const renderer = new SceneRenderer(scene, requestDraw);
  const overlay = new Overlay(drawing);
  const ending = new AbortController();
  const { surround = [0.09, 0.09, 0.1] } = options;
  let editor: Editor | undefined;
  let classes: readonly ClassColor[] = [];
  // Made anew only when something of theirs changed: the renderer tells by identity.
  const paletteFor = lastOf(paletteBytes);
  const layerFor = lastOf(shownLayer);
  let screen: Screen = { width: 1, height: 1, pixelRatio: 1 };
  let frame = 0;
  let inputAt: number | undefined;

  if (getComputedStyle(host).position === 'static') host.style.position = 'relative';
  host.style.overflow = 'hidden';
  host.style.touchAction = 'none';
  host.tabIndex = 0;
  host.append(scene, drawing);
  const onInput = (timeStamp: number): void => void (inputAt ??= timeStamp);
  listen(host, () => editor, ending.signal, onInput);
  const observer = new ResizeObserver(([entry]) => {
    if (entry !== undefined) resize(entry);
  });
  observe(observer, host);

  function requestDraw(): void {
    if (frame === 0 && !ending.signal.aborted) frame = requestAnimationFrame(draw);
  }

  function draw(): void {
    frame = 0;
    const started = performance.now();
    const { viewport, window, display, preview, layer } = editor ?? nothing;
    const { outlinesOnly, smooth } = display;
    const palette = paletteFor(classes, shownOpacity(display, display.opacity));
    const over = layerFor(layer, classes, shownOpacity(display, opacityOf(layer, display)));
    const state = { viewport, window, screen, surround, outlinesOnly, smooth, palette, layer: over };
    const more = renderer.draw(state);
    if (more) requestDraw();
    const color = classes.find(({ index }) => index === editor?.settings.value)?.color ?? '#ffffff';
    overlay.draw(preview, viewport, screen, color);
    if (host.style.cursor !== preview.cursor) host.style.cursor = preview.cursor;
    const drawnAt = performance.now();
    options.onFrame?.(drawnAt - started, { inputAt, drawnAt, complete: !more });
    inputAt = undefined;
  }

  function resize(entry: ResizeObserverEntry): void {
    const { width, height } = entry.contentRect;
    // Safari does not have it.
    const pixels = (entry as Partial<ResizeObserverEntry>).devicePixelContentBoxSize?.[0];
    // What the browser measured in device pixels is exact where the ratio is not a whole number.
    const pixelRatio = pixels === undefined || width === 0 ? devicePixelRatio : pixels.inlineSize / width;
    screen = { width: Math.max(1, width), height: Math.max(1, height), pixelRatio };
    for (const canvas of [scene, drawing]) {
      canvas.width = deviceSide(screen.width, screen);
      canvas.height = deviceSide(screen.height, screen);
    }
    editor?.resize(screen);
    // A canvas is empty after its size was set; waiting for the next frame would flicker.
    cancelAnimationFrame(frame);
    draw();
  }

  return {
    show(next) {
      if (editor !== undefined) editor.onChange = () => undefined;
      editor = next;
      renderer.show(next);
      if (next !== undefined) {
        next.onChange = () => {
          requestDraw();
          options.onChange?.(next);
        };
        next.resize(screen);
      }
      requestDraw();
    },
    setClasses(next) {
      classes = next;
      requestDraw();
    },
    imageChanged(top, bottom) {
      renderer.imageChanged(top, bottom);
      requestDraw();
    },
    requestDraw,
    destroy() {
      ending.abort();
      observer.disconnect();
      cancelAnimationFrame(frame);
      renderer.dispose();
      scene.remove();
      drawing.remove();
    },
  };
}

/** What is drawn when no image is open. */
const nothing = {
  viewport: { scale: 1, left: 0, top: 0 },
  window: { low: 0, high: 255 },
  display: { opacity: 1, outlinesOnly: false, hidden: false, smooth: false },
  preview: { shapes: [], cursor: 'default' },
  layer: undefined,
} as const;

/** Outlines are opaque, whatever the areas are. */
function shownOpacity({ hidden, outlinesOnly }: DisplaySettings, opacity: number): number {
  return hidden ? 0 : outlinesOnly ? 1 : opacity;
}

/** A proposal has its own; confusion stands where the labels are. */
function opacityOf(layer: Layer | undefined, display: DisplaySettings): number {
  return layer?.kind === 'proposal' ? layer.opacity : display.opacity;
}

function shownLayer(layer: Layer | undefined, classes: readonly ClassColor[], opacity: number): ShownLayer | undefined {
  if (layer === undefined) return undefined;
  const { kind, pixels } = layer;
  if (kind === 'confusion') return { kind, pixels, palette: confusionPalette(opacity) };
  const proposed = classes.filter(({ index }) => index !== unlabelled);
  return { kind, pixels, palette: paletteBytes(proposed, opacity) };
}

/** The last answer again as long as it is asked the same. */
function lastOf<Args extends readonly unknown[], Answer>(make: (...args: Args) => Answer): (...args: Args) => Answer {
  let last: { readonly args: Args; readonly answer: Answer } | undefined;
  return (...args) => {
    if (last === undefined || args.some((arg, i) => arg !== last?.args[i])) last = { args, answer: make(...args) };
    return last.answer;
  };
}

function layer(): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  Object.assign(canvas.style, {
    position: 'absolute',
    inset: '0',
    width: '100%',
    height: '100%',
    pointerEvents: 'none',
  });
  return canvas;
}

function observe(observer: ResizeObserver, host: HTMLElement): void {
  try {
    observer.observe(host, { box: 'device-pixel-content-box' });
  } catch {
    // Safari does not know this box.
    observer.observe(host);
  }
}
