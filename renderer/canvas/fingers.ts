/**
 * Which fingers are on the screen, and whether two of them pinch. Not what a single finger paints.
 * Convention: once two fingers were down, none paints until all are lifted.
 */
import type { Point } from './geometry.ts';

type Pair = readonly [Point, Point];

export class Fingers {
  readonly #at = new Map<number, Point>();
  #pinching = false;

  get pinching(): boolean {
    return this.#pinching;
  }

  down(id: number, at: Point): void {
    this.#at.set(id, at);
    if (this.#at.size > 1) this.#pinching = true;
  }

  /** Where the two fingers were and are; undefined when that is no pinch. */
  move(id: number, at: Point): { readonly before: Pair; readonly after: Pair } | undefined {
    if (!this.#at.has(id)) return undefined;
    const before = this.#pair();
    this.#at.set(id, at);
    const after = this.#pair();
    return this.#pinching && before !== undefined && after !== undefined ? { before, after } : undefined;
  }

  up(id: number): void {
    this.#at.delete(id);
    if (this.#at.size === 0) this.#pinching = false;
  }

  has(id: number): boolean {
    return this.#at.has(id);
  }

  #pair(): Pair | undefined {
    const [first, second, third] = this.#at.values();
    return first === undefined || second === undefined || third !== undefined ? undefined : [first, second];
  }
}
