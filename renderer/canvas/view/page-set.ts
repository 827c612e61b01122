/**
 * The pages of one image that are on the graphics device: made when they come into sight, fed a little every frame,
 * dropped when there are too many. Not the drawing of them.
 * Convention: pages begin with the image and labels as they are, and are told of every change after that.
 */
import { enclosing, grown, overlap, wholeArea } from '../geometry.ts';
import type { Area } from '../geometry.ts';
import type { ImagePixels } from '../image-pixels.ts';
import type { LabelImage } from '../label-image.ts';
import { planPages } from './page-plan.ts';
import type { PagePlan } from './page-plan.ts';
import { Page } from './page.ts';
import type { ClassMap } from './reduce.ts';

/** Sent to the device in one frame at most. */
const bytesPerFrame = 16e6;
/** Pages out of sight are dropped beyond this. */
const bytesOnDevice = 768e6;

export interface Advance {
  /** To draw, one over the other. */
  readonly pages: readonly Page[];
  /** The first of them is a sketch: the others are drawn only as far as they are filled. */
  readonly sketched: boolean;
  /** More is left to be sent. */
  readonly more: boolean;
  /** Where the picture differs from the last frame's when the view is the same; undefined: nowhere. */
  readonly changed: Area | undefined;
}

export class PageSet {
  readonly #gl: WebGL2RenderingContext;
  readonly #image: ImagePixels;
  readonly #labels: LabelImage;
  readonly #plan: PagePlan;
  readonly #overview: Page | undefined;
  /** Below all, as long as not all of the image is on the device. */
  #sketch: Page | undefined;
  #layer: Uint8Array | undefined;
  /** By number in the plan; the one used longest ago comes first. */
  readonly #pages = new Map<number, Page>();

  constructor(gl: WebGL2RenderingContext, image: ImagePixels, labels: LabelImage) {
    this.#gl = gl;
    this.#image = image;
    this.#labels = labels;
    this.#plan = planPages(image, gl.getParameter(gl.MAX_TEXTURE_SIZE) as number);
    labels.takeDirty();
    const { overviewFactor } = this.#plan;
    if (overviewFactor !== undefined) this.#overview = new Page(gl, image, labels, wholeArea(image), overviewFactor);
  }

  /** (H, W), or none; nothing is done when it is the one that is there. */
  setLayer(pixels: Uint8Array | undefined): void {
    if (pixels === this.#layer) return;
    this.#layer = pixels;
    for (const page of this.#all()) page.setLayer(this.#layerMap());
  }

  /** Rows top … bottom - 1 of the image have come. */
  imageChanged(top: number, bottom: number): void {
    for (const page of this.#all()) page.imageChanged(top, bottom);
  }

  /**
   * Sends what is due in this frame.
   * @param sight what of the image is on the screen
   * @param perPixel image pixels per device pixel
   */
  advance(sight: Area, perPixel: number): Advance {
    const overview = this.#overview;
    const dirty = this.#labels.takeDirty();
    this.#renewSketch();
    const visible = perPixel >= (this.#plan.overviewFactor ?? Infinity) ? [] : this.#inSight(sight);
    const quiet = this.#all().every((page) => page.complete);
    for (const area of dirty) for (const page of this.#all()) page.labelsChanged(area);
    const sketch = this.#sketch === undefined ? [] : [this.#sketch];
    const more = this.#send([...sketch, ...(overview === undefined ? visible : [overview, ...visible])]);
    const detailed = overview === undefined ? visible : visible.filter((page) => page.presentable);
    // The overview shows through where pages are still on their way.
    const covered = visible.length > 0 && detailed.length === visible.length;
    const pages = [...sketch, ...(overview === undefined || covered ? detailed : [overview, ...detailed])];
    const sketched = sketch.length > 0;
    if (!quiet || more) return { pages, sketched, more, changed: wholeArea(this.#image) };
    const changed = enclosing(dirty);
    // A pixel of the overview stands for as many of the image as it is wide.
    const widest = Math.max(overview?.factor ?? 0, sketch[0]?.factor ?? 0);
    return { pages, sketched, more, changed: changed && grown(changed, widest) };
  }

  dispose(): void {
    for (const page of this.#all()) page.dispose();
  }

  #renewSketch(): void {
    const sketch = this.#image.coming?.sketch;
    const isNeeded = (this.#overview ?? this.#pages.get(0))?.isFilled !== true;
    if (isNeeded && sketch !== undefined && this.#sketch === undefined) {
      this.#sketch = new Page(this.#gl, this.#image, this.#labels, wholeArea(this.#image), sketch.factor, sketch);
      this.#sketch.setLayer(this.#layerMap());
    } else if (!isNeeded) {
      this.#sketch?.dispose();
      this.#sketch = undefined;
    }
  }

  #newPage(area: Area): Page {
    const page = new Page(this.#gl, this.#image, this.#labels, area, 1);
    page.setLayer(this.#layerMap());
    return page;
  }

  #layerMap(): ClassMap | undefined {
    const { width, height } = this.#labels;
    return this.#layer && { width, height, pixels: this.#layer };
  }

  #all(): readonly Page[] {
    return [this.#sketch, this.#overview, ...this.#pages.values()].filter((page) => page !== undefined);
  }

  #inSight(sight: Area): readonly Page[] {
    const visible: Page[] = [];
    this.#plan.pages.forEach((area, number) => {
      if (overlap(area, sight) === undefined) return;
      const page = this.#pages.get(number) ?? this.#newPage(area);
      this.#pages.delete(number);
      this.#pages.set(number, page);
      visible.push(page);
    });
    let bytes = [...this.#pages.values()].reduce((sum, page) => sum + page.bytes, 0);
    for (const [number, page] of this.#pages) {
      if (bytes <= bytesOnDevice || visible.includes(page)) break;
      page.dispose();
      this.#pages.delete(number);
      bytes -= page.bytes;
    }
    return visible;
  }

  /** What is drawn comes first; out of sight there are only labels that changed. */
  #send(drawn: readonly Page[]): boolean {
    let budget = bytesPerFrame;
    for (const page of new Set([...drawn, ...this.#pages.values()])) {
      if (budget > 0 && !page.complete) budget -= page.work(budget);
      if (!page.complete) return true;
    }
    return false;
  }
}
