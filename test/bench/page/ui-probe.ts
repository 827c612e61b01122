/**
 * What the window takes, seen from inside its page; put there before the page's own scripts. Convention: a latency runs
 * from the pointer's event to the end of the frame that shows it, the browser's drawing included: one pixel is read
 * back. 'Own' is what our handlers and frame callbacks took of it.
 */

const times = {
  latencies: [] as number[],
  own: [] as number[],
  intervals: [] as number[],
  saves: [] as number[],
};
let released: number | undefined;
let pointer: number | undefined;
let handling = 0;
let lastFrame = 0;

function nextFrame(): Promise<number> {
  return new Promise((settle) => requestAnimationFrame(settle));
}

async function until(reached: () => boolean): Promise<number> {
  const began = performance.now();
  do await nextFrame();
  while (!reached());
  return performance.now() - began;
}

function press(key: string, code: string): void {
  window.dispatchEvent(new KeyboardEvent('keydown', { key, code }));
}

const probe = {
  reset: () => Object.assign(times, { latencies: [], own: [], intervals: [], saves: [] }),
  read: () => times,
  /** Since the page was asked for, until something is shown near the lower edge of an image that fills the canvas. */
  untilWhole: async () => {
    const pixel = new Uint8Array(4);
    while (pixel[0]! <= 50) {
      // Not in every frame: reading waits for the drawing.
      await new Promise((settle) => setTimeout(settle, 100));
      const canvas = document.querySelector<HTMLCanvasElement>('.canvas[data-shown] canvas');
      const gl = canvas?.getContext('webgl2');
      if (canvas === null || gl === null || gl === undefined) continue;
      gl.readPixels(canvas.width >> 1, Math.ceil(canvas.height * 0.1), 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    }
    return performance.now();
  },
  /** Between frames, for so long. */
  frames: async (milliseconds: number) => {
    const intervals: number[] = [];
    const end = performance.now() + milliseconds;
    for (let last = await nextFrame(); last < end;) {
      const now = await nextFrame();
      intervals.push(now - last);
      last = now;
    }
    return intervals;
  },
  switchImage: () => {
    const before = document.querySelector('.path')?.textContent;
    press('d', 'KeyD');
    return until(
      () => document.querySelector('.path')?.textContent !== before && document.querySelector('.loading') === null,
    );
  },
  openGallery: () => {
    press('F2', 'F2');
    return until(() => document.querySelectorAll('.gallery img').length > 0);
  },
};
Object.assign(globalThis, { mambrushProbe: probe });

window.addEventListener(
  'pointermove',
  (event) => {
    pointer ??= event.timeStamp;
    const began = performance.now();
    queueMicrotask(() => (handling += performance.now() - began));
  },
  { capture: true },
);

window.addEventListener('pointerup', ({ timeStamp }) => (released = timeStamp), { capture: true });
// The sign says what the engine confirmed; told by the change itself, not by the next frame.
new MutationObserver(() => {
  if (released === undefined || document.querySelector('.save')?.getAttribute('data-state') !== 'saved') return;
  times.saves.push(performance.now() - released);
  released = undefined;
}).observe(document, { attributes: true, attributeFilter: ['data-state'], subtree: true });

const request = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (callback) =>
  request((time) => {
    const began = performance.now();
    callback(time);
    const taken = performance.now() - began;
    if (time !== lastFrame) {
      if (lastFrame > 0 && time - lastFrame < 500) times.intervals.push(time - lastFrame);
      lastFrame = time;
    }
    const canvas = document.querySelector<HTMLCanvasElement>('.canvas canvas');
    if (pointer === undefined || canvas === null) return;
    const gl = canvas.getContext('webgl2');
    gl?.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    times.latencies.push(performance.now() - pointer);
    times.own.push(taken + handling);
    pointer = undefined;
    handling = 0;
  });
