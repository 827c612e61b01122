/**
 * Which part of the image the screen shows, and how large. Pure functions over a small record that can be stored.
 * Convention: screen points are CSS pixels from the canvas's left upper corner; `scale` is CSS pixels per image pixel;
 * 100 % means one image pixel on one pixel of the device.
 */
import type { Area, Point, Size } from './geometry.ts';

export interface Viewport {
  readonly scale: number;
  /** The image point at the screen's left upper corner. */
  readonly left: number;
  readonly top: number;
}

/** The canvas element: CSS pixels, and pixels of the device per CSS pixel. */
export interface Screen extends Size {
  readonly pixelRatio: number;
}

/** Pixels of the device per image pixel at most. */
const greatestZoom = 64;
/** The image may shrink to this many CSS pixels on its longer side, but no further. */
const smallestShown = 32;
/** This many CSS pixels of the image stay on the screen, wherever it is dragged. */
const keptVisible = 48;

export function imageToScreen(viewport: Viewport, point: Point): Point {
  return { x: (point.x - viewport.left) * viewport.scale, y: (point.y - viewport.top) * viewport.scale };
}

export function screenToImage(viewport: Viewport, point: Point): Point {
  return { x: point.x / viewport.scale + viewport.left, y: point.y / viewport.scale + viewport.top };
}

/** Everything visible, with a margin in CSS pixels, in the middle; a small image is not enlarged beyond 8 times. */
export function fit(image: Size, screen: Screen, margin = 16): Viewport {
  const room = (side: number): number => Math.max(1, side - 2 * margin);
  const scale = Math.min(room(screen.width) / image.width, room(screen.height) / image.height, 8 / screen.pixelRatio);
  return centered({ scale, left: 0, top: 0 }, { x: image.width / 2, y: image.height / 2 }, screen);
}

/** 100 %, around the point that is in the middle of the screen now. */
export function actualSize(viewport: Viewport, image: Size, screen: Screen): Viewport {
  const middle = { x: screen.width / 2, y: screen.height / 2 };
  return zoomAt(viewport, middle, 1 / screen.pixelRatio / viewport.scale, image, screen);
}

/** Times `factor`; the image point under `at` (screen) stays where it is, unless that would lose the image. */
export function zoomAt(viewport: Viewport, at: Point, factor: number, image: Size, screen: Screen): Viewport {
  const fixed = screenToImage(viewport, at);
  const scale = limitedScale(viewport.scale * factor, image, screen);
  return kept({ scale, left: fixed.x - at.x / scale, top: fixed.y - at.y / scale }, image, screen);
}

/** Moves the image by CSS pixels. */
export function panBy(viewport: Viewport, dx: number, dy: number, image: Size, screen: Screen): Viewport {
  const { scale, left, top } = viewport;
  return kept({ scale, left: left - dx / scale, top: top - dy / scale }, image, screen);
}

/** Two fingers: what lay under them stays under them, as far as zoom and shift can do that. */
export function pinch(
  viewport: Viewport,
  before: readonly [Point, Point],
  after: readonly [Point, Point],
  image: Size,
  screen: Screen,
): Viewport {
  const spread = ([a, b]: readonly [Point, Point]): number => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
  const middle = ([a, b]: readonly [Point, Point]): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const from = middle(before);
  const to = middle(after);
  const moved = panBy(viewport, to.x - from.x, to.y - from.y, image, screen);
  return zoomAt(moved, to, spread(after) / spread(before), image, screen);
}

/** The canvas got another size: the point in its middle stays there. */
export function resized(viewport: Viewport, image: Size, from: Screen, to: Screen): Viewport {
  const middle = screenToImage(viewport, { x: from.width / 2, y: from.height / 2 });
  const scale = limitedScale(viewport.scale, image, to);
  return kept(centered({ ...viewport, scale }, middle, to), image, to);
}

/** What of the image is on the screen, in whole pixels; may reach beyond the image. */
export function visibleArea(viewport: Viewport, screen: Size): Area {
  const end = screenToImage(viewport, { x: screen.width, y: screen.height });
  return {
    left: Math.floor(viewport.left),
    top: Math.floor(viewport.top),
    right: Math.ceil(end.x),
    bottom: Math.ceil(end.y),
  };
}

/** What one wheel event multiplies the scale by. A notch of a mouse (100 px, 3 lines) is about a fifth. */
export function wheelFactor(wheel: {
  readonly deltaY: number;
  /** WheelEvent.deltaMode: 0 pixels, 1 lines, 2 pages. */
  readonly deltaMode: number;
  /** Browsers report a pinch on a trackpad as a wheel with Ctrl, in finer steps. */
  readonly ctrl: boolean;
}): number {
  const pixels = wheel.deltaY * (wheel.deltaMode === 1 ? 33 : wheel.deltaMode === 2 ? 300 : 1);
  const limited = Math.max(-300, Math.min(300, pixels));
  return Math.exp(-limited * (wheel.ctrl && wheel.deltaMode === 0 && Math.abs(pixels) < 50 ? 0.01 : 0.0018));
}

function limitedScale(scale: number, image: Size, screen: Screen): number {
  const least = Math.min(1 / screen.pixelRatio, smallestShown / Math.max(image.width, image.height));
  return Math.max(least, Math.min(greatestZoom / screen.pixelRatio, scale));
}

function centered(viewport: Viewport, on: Point, screen: Size): Viewport {
  const { scale } = viewport;
  return { scale, left: on.x - screen.width / 2 / scale, top: on.y - screen.height / 2 / scale };
}

function kept(viewport: Viewport, image: Size, screen: Size): Viewport {
  const limited = (at: number, imageSide: number, screenSide: number): number => {
    const keep = Math.min(keptVisible / viewport.scale, imageSide / 2);
    return Math.max(keep - screenSide / viewport.scale, Math.min(imageSide - keep, at));
  };
  return {
    scale: viewport.scale,
    left: limited(viewport.left, image.width, screen.width),
    top: limited(viewport.top, image.height, screen.height),
  };
}
