/**
 * Switches WebGPU on where Chromium leaves it off. Convention: called before the application is ready.
 */
import { app } from 'electron';

/**
 * On Windows and macOS WebGPU is on. On Linux it is behind this switch, to keep strangers' pages away from untested drivers;
 * only our own pages are opened here. `--enable-features=Vulkan`, which some systems need as well, is left to the
 * command line: it changes how the window itself is drawn.
 */
export function allowWebGpu(): void {
  if (process.platform === 'linux') app.commandLine.appendSwitch('enable-unsafe-webgpu');
}
