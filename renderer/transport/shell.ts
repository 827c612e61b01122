/**
 * The shell around the window: what its preload put into the page. Convention: undefined in a browser.
 */
import type { ShellBridge } from '../../engine/contract/shell.ts';

export const shell: ShellBridge | undefined = (globalThis as { readonly mambrush?: ShellBridge }).mambrush;
