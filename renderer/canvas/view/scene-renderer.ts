/**
 * Draws image, labels and layer on a WebGL 2 canvas. Not when to draw, not what is on the device, and no previews.
 * Convention: it draws when told to; `draw` says whether more is left to be sent. A lost context is built again from the
 * image and labels as they are then.
 */
import { grown, overlap } from '../geometry.ts';
import type { Area } from '../geometry.ts';
import { hatchPhase } from '../hatch.ts';
import type { ImagePixels } from '../image-pixels.ts';
import type { LabelImage } from '../label-image.ts';
import { outlineWidth } from '../shade.ts';
import type { ShownLayer } from '../shade.ts';
import { visibleArea } from '../viewport.ts';
import type { Screen, Viewport } from '../viewport.ts';
import type { ValueWindow } from '../window-level.ts';
import { linkProgram } from './link-program.ts';
import type { Program } from './link-program.ts';
import type { ShaderKind } from './shaders.ts';
import { PageSet } from './page-set.ts';
import type { Page } from './page.ts';
import { createTexture } from './texture.ts';

export interface Shown {
  readonly image: ImagePixels;
  readonly labels: LabelImage;
}

export interface SceneState {
  readonly viewport: Viewport;
  readonly screen: Screen;
  readonly window: ValueWindow;
  readonly palette: Uint8Array;
  readonly layer: ShownLayer | undefined;
  readonly outlinesOnly: boolean;
  readonly smooth: boolean;
  /** Beside the image: red, green, blue, 0..1. */
  readonly surround: readonly [number, number, number];
}

/** What lives in the context, and is lost with it. */
interface Device {
  /** By their kind, once needed. */
  readonly programs: Map<string, Program>;
  /** 256×2: the labels' colors, the layer's colors. */
  readonly paletteTexture: WebGLTexture;
  /** Whose bytes are on the device. */
  palette: Uint8Array | undefined;
  layerPalette: Uint8Array | undefined;
}

export class SceneRenderer {
  readonly #canvas: HTMLCanvasElement;
  readonly #gl: WebGL2RenderingContext;
  readonly #onRestored: () => void;
  #shown: Shown | undefined;
  #device: Device | undefined;
  #pages: PageSet | undefined;
  /** How the last frame was drawn; undefined: that frame is of no use any more. */
  #lastState: SceneState | undefined;

  /**
   * @param onRestored a lost context is back: draw again
   * @throws Error when there is no WebGL 2
   */
  constructor(canvas: HTMLCanvasElement, onRestored: () => void) {
    const options = {
      alpha: false,
      antialias: false,
      depth: false,
      stencil: false,
      powerPreference: 'high-performance',
      // A stroke draws only where it went; the rest stays.
      preserveDrawingBuffer: true,
    };
    const gl = canvas.getContext('webgl2', options) as WebGL2RenderingContext | null;
    if (gl === null) {
      throw new Error('WebGL 2 is not available: turn hardware acceleration on, or update the graphics driver');
    }
    this.#canvas = canvas;
    this.#gl = gl;
    this.#onRestored = onRestored;
    canvas.addEventListener('webglcontextlost', this.#lost);
    canvas.addEventListener('webglcontextrestored', this.#onRestored);
  }

  /** What was shown before leaves the device. */
  show(shown: Shown | undefined): void {
    this.#pages?.dispose();
    this.#pages = undefined;
    this.#lastState = undefined;
    this.#shown = shown;
  }

  /** Rows top … bottom - 1 of the image have come. */
  imageChanged(top: number, bottom: number): void {
    this.#pages?.imageChanged(top, bottom);
  }

  /** @returns true when more is left to be sent: draw again in the next frame */
  draw(state: SceneState): boolean {
    const gl = this.#gl;
    if (gl.isContextLost()) return false;
    const { screen, surround, viewport } = state;
    const whole = {
      left: 0,
      top: 0,
      right: deviceSide(screen.width, screen),
      bottom: deviceSide(screen.height, screen),
    };
    gl.viewport(0, 0, whole.right, whole.bottom);
    gl.enable(gl.SCISSOR_TEST);
    gl.clearColor(...surround, 1);
    const sameState = this.#lastState !== undefined && equalStates(this.#lastState, state);
    this.#lastState = state;
    if (this.#shown === undefined) {
      scissor(gl, whole, whole);
      gl.clear(gl.COLOR_BUFFER_BIT);
      return false;
    }
    const { image, labels } = this.#shown;
    const device = (this.#device ??= createDevice(gl));
    gl.activeTexture(gl.TEXTURE0);
    this.#pages ??= new PageSet(gl, image, labels);
    this.#pages.setLayer(state.layer?.pixels);
    sendPalettes(gl, device, state);
    const sight = visibleArea(viewport, screen);
    const { pages, sketched, more, changed } = this.#pages.advance(sight, imagePixelsPerDevicePixel(state));
    const redrawn = sameState ? changed && overlap(whole, grown(deviceArea(changed, state), edge(state))) : whole;
    if (redrawn === undefined) return more;
    scissor(gl, redrawn, whole);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const bits = image.data instanceof Uint8Array ? 8 : 16;
    for (const page of pages) {
      const box = overlap(redrawn, deviceArea(sketched ? page.filled : page.area, state));
      if (box === undefined) continue;
      const exact = !state.smooth && imagePixelsPerDevicePixel(state) <= page.factor;
      const layer = page.layerTexture === undefined ? undefined : state.layer?.kind;
      const program = programFor(gl, device, { bits, exact, outlines: state.outlinesOnly, layer });
      useProgram(gl, device, program, image, state);
      scissor(gl, box, whole);
      drawPage(gl, program, page, state);
    }
    return more;
  }

  dispose(): void {
    this.#canvas.removeEventListener('webglcontextlost', this.#lost);
    this.#canvas.removeEventListener('webglcontextrestored', this.#onRestored);
    this.#pages?.dispose();
    this.#gl.getExtension('WEBGL_lose_context')?.loseContext();
  }

  readonly #lost = (event: Event): void => {
    // Without this the browser would not give it back.
    event.preventDefault();
    this.#device = undefined;
    this.#pages = undefined;
    this.#lastState = undefined;
  };
}

function createDevice(gl: WebGL2RenderingContext): Device {
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  const paletteTexture = createTexture(gl, gl.RGBA8, 256, 2, 1);
  return { programs: new Map(), paletteTexture, palette: undefined, layerPalette: undefined };
}

function sendPalettes(gl: WebGL2RenderingContext, device: Device, { palette, layer }: SceneState): void {
  gl.bindTexture(gl.TEXTURE_2D, device.paletteTexture);
  const send = (row: number, bytes: Uint8Array): void =>
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, row, 256, 1, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
  if (palette !== device.palette) send(0, palette);
  if (layer !== undefined && layer.palette !== device.layerPalette) send(1, layer.palette);
  device.palette = palette;
  device.layerPalette = layer?.palette;
}

function programFor(gl: WebGL2RenderingContext, { programs }: Device, kind: ShaderKind): Program {
  const key = JSON.stringify(kind);
  const program = programs.get(key) ?? linkProgram(gl, kind);
  programs.set(key, program);
  return program;
}

function useProgram(
  gl: WebGL2RenderingContext,
  { paletteTexture }: Device,
  { program, uniform }: Program,
  image: ImagePixels,
  state: SceneState,
): void {
  gl.useProgram(program);
  gl.uniform1i(uniform('image'), 0);
  gl.uniform1i(uniform('labels'), 1);
  gl.uniform1i(uniform('palette'), 2);
  gl.uniform1i(uniform('layer'), 3);
  gl.activeTexture(gl.TEXTURE2);
  gl.bindTexture(gl.TEXTURE_2D, paletteTexture);
  gl.uniform1f(uniform('perPixel'), imagePixelsPerDevicePixel(state));
  gl.uniform1f(uniform('screenHeight'), deviceSide(state.screen.height, state.screen));
  gl.uniform2f(uniform('window'), state.window.low, 1 / Math.max(1e-6, state.window.high - state.window.low));
  gl.uniform1f(uniform('outline'), outlineWidth / state.viewport.scale);
  gl.uniform1f(uniform('hatchPhase'), hatchPhase(state.viewport));
  gl.uniform1f(uniform('pixelRatio'), state.screen.pixelRatio);
  gl.uniform1i(uniform('grey'), image.channels === 1 ? 1 : 0);
}

function drawPage(gl: WebGL2RenderingContext, { uniform }: Program, page: Page, state: SceneState): void {
  const { area, factor, labelArea } = page;
  const { viewport } = state;
  gl.activeTexture(gl.TEXTURE3);
  gl.bindTexture(gl.TEXTURE_2D, page.layerTexture ?? null);
  gl.activeTexture(gl.TEXTURE1);
  gl.bindTexture(gl.TEXTURE_2D, page.labelTexture);
  gl.activeTexture(gl.TEXTURE0);
  page.bindImage();
  gl.uniform2f(uniform('origin'), viewport.left - area.left, viewport.top - area.top);
  gl.uniform2f(uniform('pageSize'), area.right - area.left, area.bottom - area.top);
  gl.uniform2f(uniform('labelOrigin'), labelArea.left - area.left, labelArea.top - area.top);
  gl.uniform1f(uniform('factor'), factor);
  gl.drawArrays(gl.TRIANGLES, 0, 3);
}

export function deviceSide(side: number, { pixelRatio }: Screen): number {
  return Math.max(1, Math.round(side * pixelRatio));
}

function imagePixelsPerDevicePixel({ viewport, screen }: SceneState): number {
  return 1 / (viewport.scale * screen.pixelRatio);
}

/** The device pixels whose centers lie in an area of the image, on the screen or not; neighbors do not overlap. */
function deviceArea(area: Area, state: SceneState): Area {
  const { viewport } = state;
  const device = (at: number, origin: number): number =>
    Math.ceil((at - origin) / imagePixelsPerDevicePixel(state) - 0.5);
  return {
    left: device(area.left, viewport.left),
    top: device(area.top, viewport.top),
    right: device(area.right, viewport.left),
    bottom: device(area.bottom, viewport.top),
  };
}

/** Device pixels around a change whose color depends on it: an outline, and a rounding error. */
function edge({ outlinesOnly, screen }: SceneState): number {
  return 1 + (outlinesOnly ? Math.ceil(outlineWidth * screen.pixelRatio) : 0);
}

function scissor(gl: WebGL2RenderingContext, area: Area, screen: Area): void {
  gl.scissor(area.left, screen.bottom - area.bottom, area.right - area.left, area.bottom - area.top);
}

function equalStates(a: SceneState, b: SceneState): boolean {
  const keys = Object.keys(a) as (keyof SceneState)[];
  return keys.every((key) => a[key] === b[key]);
}
