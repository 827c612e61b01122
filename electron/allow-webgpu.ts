/**
 * Lets Chromium open the graphics card for computing where it does not do so by itself. Not how the window is drawn.
 * Convention: before the application is ready.
 */
import { app } from 'electron';

/**
 * On Windows and macOS WebGPU is on. On Linux it is behind this switch, because pages of strangers are not to reach drivers
 * that nobody has tried; there are none here. `--enable-features=Vulkan`, which some systems need as well, is left to the
 * command line: it changes how the window itself is drawn.
 */
export function allowWebGpu(): void {
  if (process.platform === 'linux') app.commandLine.appendSwitch('enable-unsafe-webgpu');
}
