/**
 * One page on the graphics device: the textures of an area's image, labels and layer, and what of them is still to be
 * sent.
 * Convention: the area is in image pixels, texels are `factor` of them wide (1, or more for overview and sketch); `work`
 * sends a limited number of bytes at a time, so that no frame waits for a whole image, and no rows that have not come.
 */
import { overlap } from '../geometry.ts';
import type { Area } from '../geometry.ts';
import { rowsThere } from '../image-pixels.ts';
import type { ImagePixels, Sketch } from '../image-pixels.ts';
import { ClassTexture } from './class-texture.ts';
import { labelArea } from './page-plan.ts';
import { reducedArea, reduceImage } from './reduce.ts';
import type { ClassMap } from './reduce.ts';
import { createTexture, unpackFrom } from './texture.ts';

export class Page {
  readonly area: Area;
  readonly factor: number;
  /** Of which the textures of classes hold the classes. */
  readonly labelArea: Area;
  readonly imageTexture: WebGLTexture;
  readonly #labels: ClassTexture;
  #layer: ClassTexture | undefined;
  readonly #imageBytes: number;
  readonly #gl: WebGL2RenderingContext;
  readonly #image: ImagePixels;
  /** From which the texels come, whatever of the image is there. */
  readonly #sketch: Sketch | undefined;
  readonly #height: number;
  /** Rows of texels of the image still to be sent. */
  #from = 0;
  #to: number;
  #mipmapped = false;

  constructor(
    gl: WebGL2RenderingContext,
    image: ImagePixels,
    labels: ClassMap,
    area: Area,
    factor: number,
    sketch?: Sketch,
  ) {
    this.#gl = gl;
    this.#image = image;
    this.#sketch = sketch;
    this.area = area;
    this.factor = factor;
    this.labelArea = labelArea(area, image);
    const texels = reducedArea(area, factor);
    const width = texels.right - texels.left;
    const height = texels.bottom - texels.top;
    this.#height = height;
    this.#to = this.#texelRowsThere();
    const { internal, filterable } = formatOf(gl, image);
    const levels = filterable ? Math.floor(Math.log2(Math.max(width, height))) + 1 : 1;
    this.imageTexture = createTexture(gl, internal, width, height, levels);
    this.#imageBytes = width * height * (image.channels === 1 ? 1 : 4) * image.data.BYTES_PER_ELEMENT;
    this.#labels = new ClassTexture(gl, labels, this.labelArea, factor);
  }

  get labelTexture(): WebGLTexture {
    return this.#labels.texture;
  }

  /** Undefined as long as there is no layer, or not all of it was sent: half of one would say what is not so. */
  get layerTexture(): WebGLTexture | undefined {
    return this.#layer?.complete === true ? this.#layer.texture : undefined;
  }

  /** On the graphics device. */
  get bytes(): number {
    return this.#imageBytes + this.#labels.bytes + (this.#layer?.bytes ?? 0);
  }

  /** What of the area shows the image, from the top. */
  get filled(): Area {
    const { area, factor } = this;
    const first = reducedArea(area, factor).top;
    return this.isFilled ? area : { ...area, bottom: Math.min(area.bottom, (first + this.#from) * factor) };
  }

  get isFilled(): boolean {
    return this.#from >= this.#height;
  }

  /** Image and labels are there; a layer may still be on its way. */
  get presentable(): boolean {
    return this.isFilled && this.#labels.complete;
  }

  /** Nothing is left to be sent of what has come. */
  get complete(): boolean {
    return this.#from >= this.#to && this.#labels.complete && this.#layer?.complete !== false;
  }

  #texelRowsThere(): number {
    const { area, factor } = this;
    if (this.#sketch !== undefined) return this.#height;
    const there = rowsThere(this.#image);
    if (there >= area.bottom) return this.#height;
    return Math.max(0, Math.floor(there / factor) - reducedArea(area, factor).top);
  }

  /** Instead of the one before. */
  setLayer(layer: ClassMap | undefined): void {
    this.#layer?.dispose();
    this.#layer = layer && new ClassTexture(this.#gl, layer, this.labelArea, this.factor);
  }

  imageChanged(top: number, bottom: number): void {
    const rows = overlap(this.area, { ...this.area, top, bottom });
    if (rows === undefined || this.#sketch !== undefined) return;
    const { top: first } = reducedArea(this.area, this.factor);
    this.#from = Math.min(this.#from, reducedArea(rows, this.factor).top - first);
    this.#to = this.#texelRowsThere();
    this.#mipmapped = false;
  }

  labelsChanged(area: Area): void {
    this.#labels.changed(area);
  }

  /** @returns the bytes that were sent, about `budget` at most; fewer when nothing was left */
  work(budget: number): number {
    let sent = this.#labels.work(budget);
    if (this.#layer !== undefined) sent += this.#layer.work(budget - sent);
    while (sent < budget && this.#from < this.#to) sent += this.#sendImage(budget - sent);
    if (this.isFilled && !this.#mipmapped) this.#makeMipmaps();
    return sent;
  }

  dispose(): void {
    this.#gl.deleteTexture(this.imageTexture);
    this.#labels.dispose();
    this.#layer?.dispose();
  }

  #sendImage(budget: number): number {
    const gl = this.#gl;
    const { channels, data, width } = this.#image;
    const { format, type } = formatOf(gl, this.#image);
    const texels = reducedArea(this.area, this.factor);
    const columns = texels.right - texels.left;
    // Of what is read for it.
    const perTexel = this.#sketch === undefined ? this.factor * this.factor : 1;
    const rowBytes = columns * channels * data.BYTES_PER_ELEMENT * perTexel;
    const end = Math.min(this.#to, this.#from + Math.max(1, Math.floor(budget / rowBytes)));
    const rows = end - this.#from;
    const top = texels.top + this.#from;
    gl.bindTexture(gl.TEXTURE_2D, this.imageTexture);
    const send = (pixels: ImagePixels['data']): void =>
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, this.#from, columns, rows, format, type, pixels);
    const sketched = this.#sketch?.data.subarray(top * columns * channels, (top + rows) * columns * channels);
    if (sketched !== undefined) send(sketched);
    else if (this.factor === 1) unpackFrom(gl, width, texels.left, top, () => send(data));
    else send(reduceImage(this.#image, this.factor, top, top + rows));
    this.#from = end;
    return rows * rowBytes;
  }

  /** Until all rows are there, the image is shown without. */
  #makeMipmaps(): void {
    this.#mipmapped = true;
    if (!formatOf(this.#gl, this.#image).filterable) return;
    this.#gl.bindTexture(this.#gl.TEXTURE_2D, this.imageTexture);
    this.#gl.generateMipmap(this.#gl.TEXTURE_2D);
  }

  /** Binds the image to the active texture unit, filtered as the view wants it. */
  bindImage(): void {
    const gl = this.#gl;
    gl.bindTexture(gl.TEXTURE_2D, this.imageTexture);
    if (!formatOf(gl, this.#image).filterable) return;
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, this.#mipmapped ? gl.LINEAR_MIPMAP_LINEAR : gl.LINEAR);
  }
}

interface Format {
  readonly internal: number;
  readonly format: number;
  readonly type: number;
  readonly filterable: boolean;
}

function formatOf(gl: WebGL2RenderingContext, { channels, data }: ImagePixels): Format {
  if (data instanceof Uint8Array) {
    const [internal, format] = channels === 1 ? [gl.R8, gl.RED] : [gl.RGB8, gl.RGB];
    return { internal, format, type: gl.UNSIGNED_BYTE, filterable: true };
  }
  const [internal, format] = channels === 1 ? [gl.R16UI, gl.RED_INTEGER] : [gl.RGB16UI, gl.RGB_INTEGER];
  return { internal, format, type: gl.UNSIGNED_SHORT, filterable: false };
}
