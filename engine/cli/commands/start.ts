/**
 * `mambrush start`, which is `npm start`: the workstation, in the browser of this machine. Convention: where there is no
 * screen, the address is for a browser that reaches this machine.
 */
import { spawn } from 'node:child_process';
import type { Command } from '../command.ts';
import { serveFolder, serveOptions } from './serve.ts';

export const start: Command = {
  name: 'start',
  summary: 'the workstation: opens its window',
  usage: ['[FOLDER] [--port N] [--no-open]'],
  details: 'Serves the window and opens it in your browser; where there is no screen, it prints the address alone.',
  operands: { min: 0, max: 1, name: 'folder' },
  options: { ...serveOptions, 'no-open': { description: 'print the address, open no browser' } },
  examples: ['start', 'start photos'],
  run: (session) =>
    serveFolder(session, session.operands[0], (address) => {
      if (!session.values.has('no-open') && hasScreen()) openInBrowser(address);
    }),
};

function hasScreen(): boolean {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  return process.platform === 'win32' || process.platform === 'darwin' || Boolean(DISPLAY ?? WAYLAND_DISPLAY);
}

/** Without a browser that can be found, the printed address is still there. */
function openInBrowser(address: string): void {
  const programs: Partial<Record<NodeJS.Platform, string>> = { win32: 'explorer.exe', darwin: 'open' };
  spawn(programs[process.platform] ?? 'xdg-open', [address], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}
