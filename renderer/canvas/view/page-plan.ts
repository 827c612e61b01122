/**
 * How an image is laid out in textures: one when it fits, else pages and an overview that is smaller than the image.
 * No WebGL here. Convention: pages do not overlap; their labels reach `labelMargin` pixels further where the image does,
 * for the outlines at their seams.
 */
import { grown, overlap, wholeArea } from '../geometry.ts';
import type { Area, Size } from '../geometry.ts';

export interface PagePlan {
  readonly pages: readonly Area[];
  /** The whole image made smaller by this factor; absent where there is one page. */
  readonly overviewFactor: number | undefined;
}

/** Beyond this, one texture would be 256 MB and more of color, and many devices have no larger one. */
const largestTexture = 8192;
const pageSide = 2048;
const overviewSide = 4096;
const labelMargin = 12;

/** @param deviceLimit MAX_TEXTURE_SIZE */
export function planPages(image: Size, deviceLimit: number): PagePlan {
  const limit = Math.min(largestTexture, deviceLimit);
  const longest = Math.max(image.width, image.height);
  if (longest <= limit) return { pages: [wholeArea(image)], overviewFactor: undefined };
  const side = Math.min(pageSide, limit);
  const pages: Area[] = [];
  for (let top = 0; top < image.height; top += side) {
    for (let left = 0; left < image.width; left += side) {
      pages.push({
        left,
        top,
        right: Math.min(left + side, image.width),
        bottom: Math.min(top + side, image.height),
      });
    }
  }
  return { pages, overviewFactor: Math.ceil(longest / Math.min(overviewSide, limit)) };
}

/** Of which pixels a page holds the labels. */
export function labelArea(page: Area, image: Size): Area {
  return overlap(grown(page, labelMargin), wholeArea(image)) ?? page;
}
