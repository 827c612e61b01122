/**
 * Opens Node's way to the graphics card: the package `webgpu` (Dawn). The only file that imports it. Convention: the
 * package is optional and so is a driver; where one is missing there is no card, with the reason in words.
 */
import { constants } from 'node:os';
import { findCards } from './find-cards.ts';
import type { GraphicsCard } from './find-cards.ts';

/** At least one card, or why there is none. */
export type NodeGpu = { readonly gpu: GPU; readonly cards: readonly GraphicsCard[] } | { readonly reason: string };

/**
 * Kernels write workgroup memory before they read it, so that clearing it first is time lost; on a simulated card that
 * makes a kernel's compilation 15 times as long.
 */
const dawnOptions = ['enable-dawn-features=disable_workgroup_init'];

/**
 * Without its loader Dawn would complain on standard error at every start: so the system's own loader is asked first, by
 * loading it for good (RTLD_NODELETE). It is no add-on, so that Node complains in any case; how tells which it is.
 */
function hasVulkan(): boolean {
  if (process.platform !== 'linux') return true;
  const keepLoaded = 0x1000;
  try {
    process.dlopen({ exports: {} }, 'libvulkan.so.1', constants.dlopen.RTLD_NOW | keepLoaded);
    return true;
  } catch (error) {
    return !String(error).includes('cannot open shared object');
  }
}

/** To be asked once: drivers are loaded. */
export async function findNodeGpu(): Promise<NodeGpu> {
  if ('electron' in process.versions) {
    return { reason: 'a page of Electron would reach the graphics card, and it found none' };
  }
  if (!hasVulkan()) return { reason: 'there is no Vulkan on this system (libvulkan1, and the card’s driver)' };
  let gpu: GPU;
  try {
    const { create } = await import('webgpu');
    gpu = create(dawnOptions);
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return { reason: `the package 'webgpu' is not installed or does not run here (${why})` };
  }
  const cards = await findCards(gpu);
  if (cards.length > 0) return { gpu, cards };
  return { reason: 'there is no graphics card with a driver for Vulkan, Direct3D 12 or Metal' };
}
