/**
 * What stores of the window need to run in Node: Pinia, the few things of a browser that they touch, a project of small
 * pictures, and a canvas that draws nothing but can be painted on. Not a test.
 */
import { createPinia, disposePinia, setActivePinia } from 'pinia';
import { onTestFinished, vi } from 'vitest';
import type { Editor } from '../../../renderer/canvas/editor.ts';
import type { ClassColor } from '../../../renderer/canvas/palette.ts';
import type { PointerInput } from '../../../renderer/canvas/tools/tool.ts';
import type { MountedCanvas } from '../../../renderer/canvas/view/mount-canvas.ts';
import { useProject } from '../../../renderer/stores/project/project.ts';
import { makeDiscFolder, temporaryFolder } from '../../fixtures/disc-pictures.ts';
import { writeFreshCheckpoint } from '../../host/trained-checkpoint.ts';
import { engine, line } from './engine-line.ts';

vi.stubGlobal('document', { documentElement: { lang: '', dataset: {} } });
vi.stubGlobal('matchMedia', () => new EventTarget());
vi.stubGlobal('requestAnimationFrame', (act: () => void) => setTimeout(act, 0));
vi.stubGlobal('cancelAnimationFrame', clearTimeout);

type Project = ReturnType<typeof useProject>;

/** `count` pictures, masks for the first `labelled`, opened as the window opens a project. */
export async function openProject(count: number, labelled = 0): Promise<Project> {
  const folder = await makeDiscFolder(temporaryFolder(), count, labelled);
  await engine.request('dataset.import', { folder });
  vi.stubGlobal('window', new EventTarget());
  const pinia = createPinia();
  setActivePinia(pinia);
  const project = useProject();
  onTestFinished(async () => {
    line.hold(undefined);
    line.mend();
    // What could not be saved is sent again first.
    await vi.waitFor(() => project.close());
    disposePinia(pinia);
  });
  await project.open(folder);
  line.asked.length = 0;
  return project;
}

/** A network that has learned nothing proposes something for every image. */
export async function propose(project: Project, images: readonly number[]): Promise<void> {
  const checkpoint = writeFreshCheckpoint(`${project.name()}/net.safetensors`);
  await engine.request('proposals.make', { project: project.name(), images: [...images], checkpoint });
  await vi.waitFor(() => {
    if (!images.every((id) => project.proposals.has(id))) throw new Error('the project does not know them yet');
  });
}

export class BlankCanvas implements MountedCanvas {
  shown: Editor | undefined;
  classes: readonly ClassColor[] = [];
  /** Rows of pixels that it was told to draw, from and to. */
  readonly rows: (readonly [number, number])[] = [];
  readonly #onChange: (editor: Editor) => void;

  constructor(onChange: (editor: Editor) => void = () => undefined) {
    this.#onChange = onChange;
  }

  show(editor: Editor | undefined): void {
    if (this.shown !== undefined) this.shown.onChange = () => undefined;
    this.shown = editor;
    if (editor === undefined) return;
    editor.onChange = () => this.#onChange(editor);
    editor.resize({ width: 640, height: 480, pixelRatio: 1 });
  }

  setClasses(classes: readonly ClassColor[]): void {
    this.classes = classes;
  }

  imageChanged(top: number, bottom: number): void {
    this.rows.push([top, bottom]);
  }

  requestDraw(): void {
    // It draws nothing.
  }

  destroy(): void {
    this.shown = undefined;
  }
}

/** One stroke of the chosen tool, from press to release, in image coordinates. */
export function stroke(editor: Editor, from: readonly [number, number], to = from): void {
  const input = ([x, y]: readonly [number, number]): PointerInput => {
    const sample = { x, y, pressure: 1 };
    return { ...sample, samples: [sample], screen: { x, y }, alt: false, shift: false, ctrl: false };
  };
  editor.pointers.down({ id: 1, kind: 'mouse', button: 0 }, input(from));
  editor.pointers.move(1, input(to));
  editor.pointers.up(1, input(to));
}
