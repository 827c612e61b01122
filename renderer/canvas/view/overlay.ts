/**
 * Draws a tool's preview over the image: lines that are thin at every zoom, handles, the brush's circle. Not pixels of
 * labels. Convention: every line is light on dark, so that it shows on any image.
 */
import { imageToScreen } from '../viewport.ts';
import type { Screen, Viewport } from '../viewport.ts';
import type { Preview, PreviewShape } from '../tools/preview.ts';
import type { Point } from '../geometry.ts';

export class Overlay {
  readonly #context: CanvasRenderingContext2D;
  #empty = true;

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('the browser gives no canvas to draw on');
    this.#context = context;
  }

  /** @param color of what is being painted, any CSS color */
  draw(preview: Preview, viewport: Viewport, screen: Screen, color: string): void {
    const context = this.#context;
    if (this.#empty && preview.shapes.length === 0) return;
    this.#empty = preview.shapes.length === 0;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    context.setTransform(screen.pixelRatio, 0, 0, screen.pixelRatio, 0, 0);
    const toScreen = (point: Point): Point => imageToScreen(viewport, point);
    for (const shape of preview.shapes) drawShape(context, shape, toScreen, viewport.scale, color);
  }
}

function drawShape(
  context: CanvasRenderingContext2D,
  shape: PreviewShape,
  toScreen: (point: Point) => Point,
  scale: number,
  color: string,
): void {
  context.beginPath();
  if (shape.kind === 'circle') {
    const { x, y } = toScreen(shape.center);
    context.arc(x, y, shape.radius * scale, 0, 2 * Math.PI);
    strokeTwice(context);
  } else if (shape.kind === 'ellipse') {
    const [a, b] = [toScreen(shape.a), toScreen(shape.b)];
    const [rx, ry] = [Math.abs(b.x - a.x) / 2, Math.abs(b.y - a.y) / 2];
    context.ellipse((a.x + b.x) / 2, (a.y + b.y) / 2, rx, ry, 0, 0, 2 * Math.PI);
    fillFaintly(context, color);
    strokeTwice(context);
  } else if (shape.kind === 'handle') {
    const { x, y } = toScreen(shape.at);
    context.arc(x, y, shape.active ? 6 : 4, 0, 2 * Math.PI);
    context.fillStyle = shape.active ? '#ffffff' : color;
    context.fill();
    strokeTwice(context);
  } else {
    shape.points.map(toScreen).forEach(({ x, y }, i) => {
      if (i === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    });
    if (shape.closed) context.closePath();
    if (shape.filled) fillFaintly(context, color);
    strokeTwice(context);
  }
}

function fillFaintly(context: CanvasRenderingContext2D, color: string): void {
  context.globalAlpha = 0.25;
  context.fillStyle = color;
  context.fill('evenodd');
  context.globalAlpha = 1;
}

function strokeTwice(context: CanvasRenderingContext2D): void {
  context.lineWidth = 3;
  context.strokeStyle = 'rgb(0 0 0 / 60%)';
  context.stroke();
  context.lineWidth = 1;
  context.strokeStyle = '#ffffff';
  context.stroke();
}
