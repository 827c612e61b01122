/**
 * A map of class indices on the graphics device, as far as one page goes, and what of it is still to be sent: the labels,
 * or a layer. Not their colors. Convention: as for pages: areas are in image pixels, texels `factor` of them wide.
 */
import { overlap } from '../geometry.ts';
import type { Area } from '../geometry.ts';
import { reducedArea, reduceClasses } from './reduce.ts';
import type { ClassMap } from './reduce.ts';
import { createTexture, unpackFrom } from './texture.ts';

export class ClassTexture {
  readonly texture: WebGLTexture;
  /** On the graphics device. */
  readonly bytes: number;
  readonly #gl: WebGL2RenderingContext;
  readonly #map: ClassMap;
  readonly #area: Area;
  readonly #factor: number;
  readonly #queue: Area[];

  constructor(gl: WebGL2RenderingContext, map: ClassMap, area: Area, factor: number) {
    this.#gl = gl;
    this.#map = map;
    this.#area = area;
    this.#factor = factor;
    const { left, top, right, bottom } = reducedArea(area, factor);
    this.texture = createTexture(gl, gl.R8UI, right - left, bottom - top, 1);
    this.bytes = (right - left) * (bottom - top);
    this.#queue = [area];
  }

  /** Nothing is left to be sent. */
  get complete(): boolean {
    return this.#queue.length === 0;
  }

  changed(area: Area): void {
    const mine = overlap(area, this.#area);
    if (mine !== undefined) this.#queue.push(mine);
  }

  /** @returns the bytes that were sent, about `budget` at most; fewer when nothing was left */
  work(budget: number): number {
    let sent = 0;
    while (sent < budget && this.#queue.length > 0) sent += this.#send(budget - sent);
    return sent;
  }

  dispose(): void {
    this.#gl.deleteTexture(this.texture);
  }

  #send(budget: number): number {
    const gl = this.#gl;
    const whole = this.#queue.shift()!;
    const factor = this.#factor;
    const rows = Math.max(1, Math.floor(budget / (whole.right - whole.left))) * factor;
    const area = { ...whole, bottom: Math.min(whole.bottom, whole.top + rows) };
    if (area.bottom < whole.bottom) this.#queue.unshift({ ...whole, top: area.bottom });
    const first = reducedArea(this.#area, factor);
    const { left, top, right, bottom } = reducedArea(area, factor);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    const send = (pixels: Uint8Array): void => {
      const [x, y] = [left - first.left, top - first.top];
      gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, right - left, bottom - top, gl.RED_INTEGER, gl.UNSIGNED_BYTE, pixels);
    };
    if (factor === 1) unpackFrom(gl, this.#map.width, left, top, () => send(this.#map.pixels));
    else send(reduceClasses(this.#map, factor, { left, top, right, bottom }));
    return (right - left) * (bottom - top);
  }
}
