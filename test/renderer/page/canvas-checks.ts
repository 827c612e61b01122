/**
 * Runs in the browser: what Node asks of the canvas, by name, as `canvasChecks.NAME(arguments)`. Not a test by itself.
 * Convention: each check makes its own canvas and leaves none.
 */
import { Editor } from '../../../renderer/canvas/editor.ts';
import { History } from '../../../renderer/canvas/history.ts';
import { emptyImage } from '../../../renderer/canvas/image-pixels.ts';
import { LabelImage } from '../../../renderer/canvas/label-image.ts';
import { mountCanvas } from '../../../renderer/canvas/view/mount-canvas.ts';
import { compare, dab, drawAll, layerOf, openScene, readPixels, scribble } from './scene-check.ts';
import type { Difference, SceneOptions } from '../canvas/scene-options.ts';

interface Mounted {
  readonly editor: Editor;
  readonly frames: number[];
  destroy(): void;
}

let mounted: Mounted | undefined;

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

  /** A layer comes, another takes its place, and it goes again. */
  layers(options: SceneOptions): readonly Difference[] {
    const scene = openScene(options);
    const results = [compare(scene)];
    for (const kind of ['proposal', 'confusion', 'proposal', undefined] as const) {
      const layer = kind && layerOf(kind, scene.labels, scene.random, 0.7);
      const changed = { ...scene, look: { ...scene.look, layer } };
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
    if (scene.renderer.draw(scene.look)) throw new Error('it drew without a context');
    scribble(scene.labels, scene.random, 10);
    const restored = happened('webglcontextrestored');
    // Only outside of the event may it be asked for.
    setTimeout(() => loss?.restoreContext(), 0);
    await restored;
    const after = compare(scene);
    scene.renderer.dispose();
    return [before, after];
  },

  /** All of an image in sight, much smaller than it is: how far the mean colour is from that of the image. */
  overview(options: SceneOptions): { readonly frames: number; readonly shown: number; readonly mean: number } {
    const scene = openScene(options);
    scene.labels.load(new Uint8Array(options.width * options.height));
    const window = { low: 0, high: options.bits === 8 ? 255 : 65535 };
    const whole = { ...scene, look: { ...scene.look, window } };
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
  mount(width: number, height: number): void {
    const labels = new LabelImage({ width, height }, new Uint8Array(width * height));
    const nothing = { apply: () => Promise.resolve(), undo: () => Promise.resolve(undefined) };
    const store = { ...nothing, redo: nothing.undo, read: nothing.undo };
    const history = new History(labels, store, { undoable: 0, redoable: 0 });
    const editor = new Editor({ labels, image: emptyImage({ width, height }, 1, 8), history });
    const frames: number[] = [];
    const host = document.createElement('div');
    host.id = 'canvas';
    Object.assign(host.style, { position: 'fixed', inset: '0' });
    document.body.append(host);
    const canvas = mountCanvas(host, { onFrame: (milliseconds) => frames.push(milliseconds) });
    canvas.setClasses([{ index: 1, color: '#e69f00' }]);
    canvas.show(editor);
    mounted = {
      editor,
      frames,
      destroy: () => {
        canvas.destroy();
        host.remove();
      },
    };
  },

  state(): { readonly frames: number; readonly painted: number; readonly scale: number; readonly cursor: string } {
    if (mounted === undefined) throw new Error('nothing is mounted');
    const { editor, frames } = mounted;
    const painted = editor.labels.pixels.reduce((sum, value) => sum + (value === 1 ? 1 : 0), 0);
    const cursor = document.getElementById('canvas')?.style.cursor ?? '';
    return { frames: frames.length, painted, scale: editor.viewport.scale, cursor };
  },

  unmount(): void {
    mounted?.destroy();
    mounted = undefined;
  },
};

Object.assign(globalThis, { canvasChecks });
