/**
 * The graphics card that the tests of the webgpu executor run on: this machine's, else the one that Debian's Chromium
 * simulates on the processor. Not a test. Convention: where there is neither, `gpu` is undefined and `gpuName` says so.
 */
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { findNodeGpu } from '../../engine/executors/webgpu/node-gpu.ts';
import { WebGpuExecutor } from '../../engine/executors/webgpu/webgpu-executor.ts';

const chromium = '/usr/lib/chromium';
const simulated = `${chromium}/vk_swiftshader_icd.json`;
/** Keep what was loaded, also when it turns out to be no add-on of Node. */
const keepLoaded = 0x1000;

/** Environment in which a child process finds the simulated card, where there is one and nothing else is asked for. */
export const gpuEnvironment: Readonly<Record<string, string>> =
  !existsSync(simulated) || process.env['VK_DRIVER_FILES'] !== undefined
    ? {}
    : { VK_DRIVER_FILES: simulated, LD_LIBRARY_PATH: chromium };

/** Chromium brings the Vulkan loader too, in a place where Dawn does not look for it; loaded once, it finds it. */
function prepareSimulation(): void {
  const { VK_DRIVER_FILES: drivers } = gpuEnvironment;
  if (drivers === undefined) return;
  process.env['VK_DRIVER_FILES'] = drivers;
  try {
    process.dlopen({ exports: {} }, `${chromium}/libvulkan.so.1`, constants.dlopen.RTLD_NOW | keepLoaded);
  } catch {
    // It is no add-on, as expected.
  }
}

/** A sanitizer that is loaded before everything else would watch the driver too. */
const isSanitised = process.env['LD_PRELOAD'] !== undefined;
if (!isSanitised) prepareSimulation();
const found = isSanitised ? { reason: 'not below a sanitizer' } : await findNodeGpu();

export const gpu: GPU | undefined = 'gpu' in found ? found.gpu : undefined;
const card = 'cards' in found ? found.cards[0] : undefined;
export const gpuName: string =
  card !== undefined ? card.name : `(skipped: ${'reason' in found ? found.reason : 'no card'})`;
export const isSimulated: boolean = card?.isSoftware === true;
/** Shared by the tests of a file; only for use where `gpu` is there. */
export const webgpuExecutor: WebGpuExecutor = new WebGpuExecutor(gpu as GPU, { description: gpuName });

/** The card with something changed in every device that it opens. @param features all that it has; its own when absent */
export function cardWith(change: (device: GPUDevice) => void, features?: ReadonlySet<string>): GPU {
  return {
    wgslLanguageFeatures: (gpu as GPU).wgslLanguageFeatures,
    requestAdapter: async () => {
      const adapter = await (gpu as GPU).requestAdapter();
      if (adapter === null) return null;
      if (features !== undefined) Object.defineProperty(adapter, 'features', { value: features });
      const request = adapter.requestDevice.bind(adapter);
      adapter.requestDevice = async (descriptor) => {
        const device = await request(descriptor);
        change(device);
        return device;
      };
      return adapter;
    },
  } as GPU;
}
