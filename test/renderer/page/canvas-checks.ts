/**
 * Runs in the browser: what Node asks of the canvas, by name, as `canvasChecks.NAME(arguments)`. Not a test by itself.
 * Convention: each check makes its own canvas and leaves none.
 */
import type { Point } from '../../../renderer/canvas/geometry.ts';
import { emptyImage, setRows, sketchOf } from '../../../renderer/canvas/image-pixels.ts';
import type { ComingRows, ImagePixels } from '../../../renderer/canvas/image-pixels.ts';
import type { LayerKind } from '../../../renderer/canvas/layer.ts';
import type { DisplaySettings, PaintSettings } from '../../../renderer/canvas/settings.ts';
import type { SelectableToolName } from '../../../renderer/canvas/tools/registry.ts';
import { imageToScreen } from '../../../renderer/canvas/viewport.ts';
import { mountInPage } from './mount-in-page.ts';
import type { MountedInPage } from './mount-in-page.ts';
import { compare, dab, drawAll, layerOf, openScene, readPixels, scribble } from './scene-check.ts';
import type { Difference, SceneOptions } from '../canvas/scene-options.ts';
import type { MountOptions, PageState } from '../canvas/page-state.ts';

let mounted: MountedInPage | undefined;

function open(): MountedInPage {
  if (mounted === undefined) throw new Error('nothing is mounted');
  return mounted;
}

const canvasChecks = {
  /** As opened, and after strokes that send only what changed. */
  scene(options: SceneOptions): readonly Difference[] {
    const scene = openScene(options);
    const results = [compare(scene)];
    for (let round = 0; round < 3; round++) {
      scribble(scene.labels, scene.random, 4);
      results.push(compare(scene));
    }
    for (let round = 0; round < 6; round++) {
      dab(scene);
      results.push(compare(scene));
    }
    scene.renderer.dispose();
    return results;
  },

  /** Some rows are there, and below them a sketch; then more of them, then all. */
  coming(options: SceneOptions, factor: number): readonly Difference[] {
    const scene = openScene(options);
    scene.labels.load(new Uint8Array(options.width * options.height));
    const { channels, data, width, height } = scene.image;
    const coming: ComingRows = { there: 0, sketch: undefined };
    const image: ImagePixels = { ...emptyImage(options, channels, options.bits), coming };
    scene.renderer.show({ image, labels: scene.labels });
    const sketch = data.slice(0, Math.ceil(width / factor) * Math.ceil(height / factor) * channels);
    const results: Difference[] = [];
    const shown = emptyImage(options, channels, options.bits);
    const arrive = (there: number): void => {
      const from = coming.there;
      const rows = data.slice(from * width * channels, there * width * channels);
      setRows(image, from, new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
      scene.renderer.imageChanged(from, there);
      shown.data.set(rows, from * width * channels);
      results.push(compare({ ...scene, image: shown }));
    };
    arrive(Math.floor(height / 5));
    coming.sketch = sketchOf(image, factor, new Uint8Array(sketch.buffer, sketch.byteOffset, sketch.byteLength));
    for (let at = coming.there * width * channels; at < shown.data.length; at++) {
      const [x, y] = [Math.floor(at / channels) % width, Math.floor(at / channels / width)];
      const texel = Math.floor(y / factor) * Math.ceil(width / factor) + Math.floor(x / factor);
      shown.data[at] = sketch[texel * channels + (at % channels)]!;
    }
    results.push(compare({ ...scene, image: shown }));
    arrive(Math.floor(height / 2));
    arrive(height);
    scene.renderer.dispose();
    return results;
  },

  /** A layer comes, another takes its place, and it goes again. */
  layers(options: SceneOptions): readonly Difference[] {
    const scene = openScene(options);
    const results = [compare(scene)];
    for (const kind of ['proposal', 'confusion', 'proposal', undefined] as const) {
      const layer = kind && layerOf(kind, scene.labels, scene.random, 0.7);
      const changed = { ...scene, state: { ...scene.state, layer } };
      results.push(compare(changed));
      dab(changed);
      results.push(compare(changed));
    }
    scene.renderer.dispose();
    return results;
  },

  /** The context is taken away and given back, with a stroke between. */
  async lostContext(options: SceneOptions): Promise<readonly [Difference, Difference]> {
    const scene = openScene(options);
    const before = compare(scene);
    const loss = scene.canvas.getContext('webgl2')?.getExtension('WEBGL_lose_context');
    const happened = (type: string): Promise<void> =>
      new Promise((settle) => {
        scene.canvas.addEventListener(type, () => settle(), { once: true });
      });
    const lost = happened('webglcontextlost');
    loss?.loseContext();
    await lost;
    if (scene.renderer.draw(scene.state)) throw new Error('it drew without a context');
    scribble(scene.labels, scene.random, 10);
    const restored = happened('webglcontextrestored');
    // Only outside of the event may it be asked for.
    setTimeout(() => loss?.restoreContext(), 0);
    await restored;
    const after = compare(scene);
    scene.renderer.dispose();
    return [before, after];
  },

  /** All of an image in sight, much smaller than it is: how far the mean color is from that of the image. */
  overview(options: SceneOptions): { readonly frames: number; readonly shown: number; readonly mean: number } {
    const scene = openScene(options);
    scene.labels.load(new Uint8Array(options.width * options.height));
    const window = { low: 0, high: options.bits === 8 ? 255 : 65535 };
    const whole = { ...scene, state: { ...scene.state, window } };
    const frames = drawAll(whole);
    const bytes = readPixels(scene.canvas);
    const values: number[] = [];
    for (let i = 0; i < bytes.length; i += 4) {
      // The surround is 64 128 191.
      if (Math.abs(bytes[i]! - 64) + Math.abs(bytes[i + 1]! - 128) + Math.abs(bytes[i + 2]! - 191) > 3) {
        values.push(bytes[i]!);
      }
    }
    scene.renderer.dispose();
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return { frames, shown: values.length, mean };
  },

  /** The whole canvas in the page, to be used by the real pointer. */
  mount(options: MountOptions): void {
    mounted?.destroy();
    mounted = mountInPage(options);
  },

  change(settings: Partial<PaintSettings>, tool?: SelectableToolName): void {
    const { editor } = open();
    editor.change(settings);
    if (tool !== undefined) editor.tool = tool;
  },

  show(display: Partial<DisplaySettings>): void {
    open().editor.show(display);
  },

  /** The same class everywhere at the left of `until`, background at the right. */
  setLayer(kind: LayerKind | undefined, value: number, until: number): void {
    const { editor } = open();
    const { width, height } = editor.labels;
    const pixels = new Uint8Array(width * height).map((_, i) => (i % width < until ? value : 0));
    if (kind === undefined) editor.setLayer(undefined);
    else editor.setLayer(kind === 'proposal' ? { kind, pixels, opacity: 1 } : { kind, pixels });
  },

  async undo(): Promise<void> {
    await open().editor.undo();
  },

  /** Where an image point is in the page. */
  place(x: number, y: number): Point {
    return imageToScreen(open().editor.viewport, { x, y });
  },

  label(x: number, y: number): number {
    const { labels } = open().editor;
    return labels.pixels[y * labels.width + x]!;
  },

  state(): PageState {
    const { editor, frames, gestures } = open();
    const painted = editor.labels.pixels.reduce((sum, value) => sum + (value === 1 ? 1 : 0), 0);
    const cursor = document.getElementById('canvas')?.style.cursor ?? '';
    const { viewport, window, busy } = editor;
    return { frames, painted, scale: viewport.scale, cursor, window, busy, gestures };
  },

  /** A frame that no hand asked for. */
  async frameWithoutInput(): Promise<void> {
    const { canvas } = open();
    canvas.requestDraw();
    await new Promise((settle) => requestAnimationFrame(() => setTimeout(settle, 0)));
  },

  unmount(): void {
    mounted?.destroy();
    mounted = undefined;
  },
};

Object.assign(globalThis, { canvasChecks });
