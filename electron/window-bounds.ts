/**
 * Where the window opens: where it was, if that is still on a screen, else in the middle. Convention: in the system's
 * device-independent pixels, as Electron has them.
 */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface WindowBounds extends Area {
  readonly isMaximized: boolean;
}

export const smallestWindow = { width: 900, height: 600 } as const;
const usualWindow = { width: 1440, height: 900 } as const;
/** So much of its title bar has to be on a screen that it can be dragged. */
const handle = { width: 120, height: 40 } as const;

/** @param screens what each has room for, the first one's first */
export function boundsFor(remembered: WindowBounds | undefined, screens: readonly Area[]): Partial<WindowBounds> {
  const home =
    remembered && screens.find((screen) => overlap(screen, { ...remembered, height: handle.height }, handle));
  if (remembered !== undefined && home !== undefined) {
    return { ...remembered, ...fitting(remembered, home) };
  }
  const [first] = screens;
  const wanted = remembered ?? usualWindow;
  return { ...(first === undefined ? usualWindow : fitting(wanted, first)), isMaximized: false };
}

function fitting(wanted: Pick<Area, 'width' | 'height'>, screen: Area): Pick<Area, 'width' | 'height'> {
  return {
    width: Math.max(smallestWindow.width, Math.min(wanted.width, screen.width)),
    height: Math.max(smallestWindow.height, Math.min(wanted.height, screen.height)),
  };
}

function overlap(a: Area, b: Area, least: Pick<Area, 'width' | 'height'>): boolean {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width >= least.width && height >= least.height;
}
