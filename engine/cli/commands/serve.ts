/**
 * `mambrush serve`: the window in a browser. Convention: standard output is one address, which opens.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { MambrushError } from '../../contract/error.ts';
import { serveUntil } from '../../host/serving/supervise.ts';
import type { OptionSpecs, Command, CommandResult, CommandSession } from '../command.ts';

export const serveOptions: OptionSpecs = {
  port: { value: 'N', description: 'where it listens; any that is free unless given' },
  host: {
    value: 'ADDRESS',
    description: '127.0.0.1 unless given; with 0.0.0.0 other machines reach it, unencrypted: only in a net you trust',
  },
};

export const serve: Command = {
  name: 'serve',
  summary: 'the window, in a browser',
  usage: ['[FOLDER] [--port N]'],
  details:
    'Prints one address; open it in a browser on this machine. It holds a secret that lets you in, so do not pass it ' +
    'on. Ctrl+C ends it; what you painted is saved as you paint.',
  operands: { min: 0, max: 1, name: 'folder' },
  options: serveOptions,
  examples: ['serve', 'serve photos --port 8080'],
  run: (session) => serveFolder(session, session.operands[0]),
};

/** @param onReady is told the address, when it can be opened */
export async function serveFolder(
  { values, say, signal }: CommandSession,
  folder: string | undefined,
  onReady: (address: string) => void = () => undefined,
): Promise<CommandResult> {
  const port = values.whole('port', { min: 0, max: 65535 }) ?? 0;
  const address = values.text('host') ?? '127.0.0.1';
  const open = folder === undefined ? '' : `&open=${encodeURIComponent(existing(resolve(folder)))}`;
  await serveUntil(
    signal,
    { address, port },
    {
      onReady: (url) => {
        const whole = `${url}${open}`;
        process.stdout.write(values.has('json') ? `${JSON.stringify({ address: whole })}\n` : `${whole}\n`);
        say('This is the address of the window: open it in a browser. Ctrl+C ends Mambrush.');
        onReady(whole);
      },
      onRestart: (why) => say(`The engine ended (${why}) and was started again; the window goes on.`),
    },
  );
  return { json: undefined, text: 'Ended. What you painted is saved.' };
}

function existing(folder: string): string {
  if (existsSync(folder)) return folder;
  throw new MambrushError('folder-missing', `There is no folder ${folder}. Name one that exists, or none.`, {
    path: folder,
  });
}
