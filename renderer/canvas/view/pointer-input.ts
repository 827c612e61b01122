/**
 * The browser's events as the editor takes them: pointer, wheel, and the keys that belong to a gesture. Not the keys
 * that choose tools and commands: those can be rebound, and are the window's.
 * Convention: an event that was used is `defaultPrevented`; listeners further out ignore it.
 */
import type { Editor } from '../editor.ts';
import type { GestureKey, PointerInput } from '../tools/tool.ts';
import { screenToImage } from '../viewport.ts';
import type { Viewport } from '../viewport.ts';

const gestureKeys: Readonly<Record<string, GestureKey>> = {
  Escape: 'escape',
  Enter: 'enter',
  Backspace: 'backspace',
  Delete: 'delete',
};

/**
 * Listens until the signal is aborted. The element can take the focus, and gets it when it is pressed.
 * @param onInput when pointer or wheel did something (`Event.timeStamp`), before the editor is told
 */
export function listen(
  element: HTMLElement,
  editor: () => Editor | undefined,
  signal: AbortSignal,
  onInput: (timeStamp: number) => void,
): void {
  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    act: (editor: Editor, event: HTMLElementEventMap[K]) => void,
  ): void => {
    const listener = (event: HTMLElementEventMap[K]): void => {
      const current = editor();
      if (current === undefined) return;
      if (event instanceof MouseEvent) onInput(event.timeStamp);
      act(current, event);
    };
    element.addEventListener(type, listener, { signal, passive: false });
  };
  on('pointerdown', (current, event) => {
    element.focus({ preventScroll: true });
    event.preventDefault();
    // Fails for pointers that a test made up, and then is not needed.
    if (event.isTrusted) element.setPointerCapture(event.pointerId);
    const kind = event.pointerType === 'pen' || event.pointerType === 'touch' ? event.pointerType : 'mouse';
    current.pointers.down(
      { id: event.pointerId, kind, button: event.button },
      inputOf(event, element, current.viewport),
    );
  });
  on('pointermove', (current, event) =>
    current.pointers.move(event.pointerId, inputOf(event, element, current.viewport)),
  );
  on('pointerup', (current, event) => current.pointers.up(event.pointerId, inputOf(event, element, current.viewport)));
  on('pointercancel', (current, event) => current.pointers.cancel(event.pointerId));
  on('pointerleave', (current) => current.pointers.leave());
  on('contextmenu', (_current, event) => event.preventDefault());
  on('wheel', (current, event) => {
    event.preventDefault();
    const { deltaX, deltaY, deltaMode, altKey: alt, shiftKey: shift, ctrlKey: ctrl } = event;
    current.wheel({ screen: screenPoint(event, element), deltaX, deltaY, deltaMode, alt, shift, ctrl });
  });
  on('keydown', (current, event) => {
    const key = gestureKeys[event.key];
    if (event.key === ' ') current.pointers.holdPan(true);
    else if (key === undefined || !current.key(key)) return;
    event.preventDefault();
  });
  on('keyup', (current, event) => {
    if (event.key === ' ') current.pointers.holdPan(false);
  });
  on('blur', (current) => current.pointers.holdPan(false));
}

function inputOf(event: PointerEvent, element: HTMLElement, viewport: Viewport): PointerInput {
  const pressure = ({ pointerType, pressure: pressed }: PointerEvent): number => (pointerType === 'pen' ? pressed : 1);
  const screen = screenPoint(event, element);
  const coalesced = event.getCoalescedEvents();
  const samples = (coalesced.length === 0 ? [event] : coalesced).map((sample) => ({
    ...screenToImage(viewport, screenPoint(sample, element)),
    pressure: pressure(sample),
  }));
  return {
    ...screenToImage(viewport, screen),
    pressure: pressure(event),
    screen,
    samples,
    alt: event.altKey,
    shift: event.shiftKey,
    ctrl: event.ctrlKey || event.metaKey,
  };
}

function screenPoint(event: MouseEvent, element: HTMLElement): { readonly x: number; readonly y: number } {
  const { left, top } = element.getBoundingClientRect();
  return { x: event.clientX - left - element.clientLeft, y: event.clientY - top - element.clientTop };
}
