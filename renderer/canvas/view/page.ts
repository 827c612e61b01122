/**
 * One page on the graphics device: the textures of an area's image and labels, and what of them is still to be sent.
 * Convention: the area is in image pixels, texels are `factor` of them wide (1, or more for the overview); `work` sends a
 * limited number of bytes at a time, so that no frame waits for a whole image.
 */
import { overlap } from '../geometry.ts';
import type { Area } from '../geometry.ts';
import type { ImagePixels } from '../image-pixels.ts';
import type { LabelImage } from '../label-image.ts';
import { labelArea } from './page-plan.ts';
import { reducedArea, reduceImage, reduceLabels } from './reduce.ts';

export class Page {
  readonly area: Area;
  readonly factor: number;
  /** Of which the label texture holds the labels. */
  readonly labelArea: Area;
  readonly imageTexture: WebGLTexture;
  readonly labelTexture: WebGLTexture;
  /** On the graphics device. */
  readonly bytes: number;
  readonly #gl: WebGL2RenderingContext;
  readonly #image: ImagePixels;
  readonly #labels: LabelImage;
  /** Rows of texels of the image still to be sent. */
  #from = 0;
  #to: number;
  #mipmapped = false;
  readonly #labelQueue: Area[];

  constructor(gl: WebGL2RenderingContext, image: ImagePixels, labels: LabelImage, area: Area, factor: number) {
    this.#gl = gl;
    this.#image = image;
    this.#labels = labels;
    this.area = area;
    this.factor = factor;
    this.labelArea = labelArea(area, image);
    const texels = reducedArea(area, factor);
    const width = texels.right - texels.left;
    const height = texels.bottom - texels.top;
    this.#to = height;
    const { internal, filterable } = formatOf(gl, image);
    const levels = filterable ? Math.floor(Math.log2(Math.max(width, height))) + 1 : 1;
    this.imageTexture = createTexture(gl, internal, width, height, levels);
    const labelTexels = reducedArea(this.labelArea, factor);
    const labelWidth = labelTexels.right - labelTexels.left;
    const labelHeight = labelTexels.bottom - labelTexels.top;
    this.labelTexture = createTexture(gl, gl.R8UI, labelWidth, labelHeight, 1);
    this.#labelQueue = [this.labelArea];
    this.bytes =
      width * height * (image.channels === 1 ? 1 : 4) * image.data.BYTES_PER_ELEMENT + labelWidth * labelHeight;
  }

  /** Nothing is left to be sent. */
  get complete(): boolean {
    return this.#from >= this.#to && this.#labelQueue.length === 0;
  }

  imageChanged(top: number, bottom: number): void {
    const rows = overlap(this.area, { ...this.area, top, bottom });
    if (rows === undefined) return;
    const { top: first } = reducedArea(this.area, this.factor);
    const texels = reducedArea(rows, this.factor);
    const idle = this.#from >= this.#to;
    this.#from = idle ? texels.top - first : Math.min(this.#from, texels.top - first);
    this.#to = idle ? texels.bottom - first : Math.max(this.#to, texels.bottom - first);
    this.#mipmapped = false;
  }

  labelsChanged(area: Area): void {
    const mine = overlap(area, this.labelArea);
    if (mine !== undefined) this.#labelQueue.push(mine);
  }

  /** @returns the bytes that were sent, about `budget` at most; fewer when nothing was left */
  work(budget: number): number {
    let sent = 0;
    while (sent < budget && this.#labelQueue.length > 0) sent += this.#sendLabels(budget - sent);
    while (sent < budget && this.#from < this.#to) sent += this.#sendImage(budget - sent);
    if (this.#from >= this.#to && !this.#mipmapped) this.#makeMipmaps();
    return sent;
  }

  dispose(): void {
    this.#gl.deleteTexture(this.imageTexture);
    this.#gl.deleteTexture(this.labelTexture);
  }

  #sendLabels(budget: number): number {
    const gl = this.#gl;
    const whole = this.#labelQueue.shift()!;
    const { factor } = this;
    const rows = Math.max(1, Math.floor(budget / (whole.right - whole.left))) * factor;
    const area = { ...whole, bottom: Math.min(whole.bottom, whole.top + rows) };
    if (area.bottom < whole.bottom) this.#labelQueue.unshift({ ...whole, top: area.bottom });
    const first = reducedArea(this.labelArea, factor);
    const { left, top, right, bottom } = reducedArea(area, factor);
    gl.bindTexture(gl.TEXTURE_2D, this.labelTexture);
    const send = (pixels: Uint8Array): void => {
      const [x, y] = [left - first.left, top - first.top];
      gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, right - left, bottom - top, gl.RED_INTEGER, gl.UNSIGNED_BYTE, pixels);
    };
    if (factor === 1) unpackFrom(gl, this.#labels.width, left, top, () => send(this.#labels.pixels));
    else send(reduceLabels(this.#labels, factor, { left, top, right, bottom }));
    return (right - left) * (bottom - top);
  }

  #sendImage(budget: number): number {
    const gl = this.#gl;
    const { channels, data, width } = this.#image;
    const { format, type } = formatOf(gl, this.#image);
    const texels = reducedArea(this.area, this.factor);
    const columns = texels.right - texels.left;
    const rowBytes = columns * channels * data.BYTES_PER_ELEMENT * this.factor * this.factor;
    const end = Math.min(this.#to, this.#from + Math.max(1, Math.floor(budget / rowBytes)));
    const rows = end - this.#from;
    const top = texels.top + this.#from;
    gl.bindTexture(gl.TEXTURE_2D, this.imageTexture);
    const send = (pixels: ImagePixels['data']): void => {
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, this.#from, columns, rows, format, type, pixels);
    };
    if (this.factor === 1) unpackFrom(gl, width, texels.left, top, () => send(data));
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
    const whole = this.#from >= this.#to;
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, whole ? gl.LINEAR_MIPMAP_LINEAR : gl.LINEAR);
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

function createTexture(
  gl: WebGL2RenderingContext,
  internal: number,
  width: number,
  height: number,
  levels: number,
): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, levels, internal, width, height);
  for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
    gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
  }
  return texture;
}

/** Sends an area of a map without cutting it out first. */
function unpackFrom(gl: WebGL2RenderingContext, rowLength: number, left: number, top: number, send: () => void): void {
  gl.pixelStorei(gl.UNPACK_ROW_LENGTH, rowLength);
  gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, left);
  gl.pixelStorei(gl.UNPACK_SKIP_ROWS, top);
  send();
  gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0);
  gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, 0);
  gl.pixelStorei(gl.UNPACK_SKIP_ROWS, 0);
}
