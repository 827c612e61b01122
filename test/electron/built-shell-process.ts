/**
 * Runs the built application in plain Node, with the stand-in for the module `electron`: opens, imports, trains, quits. Not
 * a test. Arguments: the folder of the built application, a folder for what it makes. Prints what it saw, as JSON.
 */
import { createRequire, registerHooks } from 'node:module';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { connectEngine } from '../../engine/contract/connection.ts';
import type { ShellBridge } from '../../engine/contract/shell.ts';
import { openPort } from '../../renderer/transport/port-channel.ts';
import { app, becomeReady, electron } from './stand-in/electron.ts';

const [built = '', folder = ''] = process.argv.slice(2);
const standIn = new URL('stand-in/electron.ts', import.meta.url).href;
registerHooks({
  resolve: (name, context, next) => (name === 'electron' ? { url: standIn, shortCircuit: true } : next(name, context)),
});

const page = new EventTarget();
Object.assign(globalThis, {
  addEventListener: page.addEventListener.bind(page),
  postMessage: (data: unknown, _origin: string, ports: readonly unknown[]) => {
    page.dispatchEvent(Object.assign(new Event('message'), { source: page, data, ports }));
  },
});

await import(pathToFileURL(join(built, 'electron', 'main.js')).href);
await becomeReady();
const [window] = electron.windows;
const preload = window?.options.webPreferences?.preload ?? '';
createRequire(import.meta.url)(preload);
const bridge = electron.exposed.get('mambrush') as ShellBridge;
const response = await electron.protocols.get('app')!(new Request('app://mambrush/'));

const engine = connectEngine((events) => openPort(bridge, page, events));
const { folder: sample } = await engine.request('sample.create', { parent: folder });
const { project } = await engine.request('dataset.import', { folder: sample });
await engine.request('dataset.split', { project, train: 8, val: 4, test: 4 });
const settings = { epochs: 1, size: 64, batch: 4 };
const { run } = await engine.request('train.start', { project, settings, network: { widths: [8, 8, 8, 8, 8, 8] } });
const ended = await engine.request('train.wait', { project, run: run.id });
await engine.close();
app.quit();
while (!electron.hasQuit) await pause(20);
process.stdout.write(
  JSON.stringify({
    page: (await response.text()).includes('<div id="app">'),
    preload,
    processes: electron.processes.map(({ file }) => file),
    status: ended.run.status,
  }),
);
