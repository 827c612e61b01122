/**
 * A process below the shell that asks for ports to the page which computes, with the engine's own means. Not a test.
 * Convention: it does what it is told by name, and tells what becomes of each port.
 */
import { parentPort } from '../../engine/host/serving/utility/parent-port.ts';
import { ShellGpuPorts } from '../../engine/host/serving/utility/shell-gpu-ports.ts';
import type { RemotePort } from '../../engine/executors/remote/remote-port.ts';

export type ClientOrder =
  | { readonly kind: 'ask' | 'leave'; readonly name: string }
  | { readonly kind: 'say'; readonly name: string; readonly what: unknown };

export interface ClientReport {
  readonly kind: 'report';
  readonly name: string;
  readonly what: unknown;
}

const shell = parentPort();
const gpuPorts = new ShellGpuPorts((request) => shell.postMessage(request));
const ports = new Map<string, RemotePort>();

async function ask(name: string): Promise<void> {
  const report = (what: unknown): void => shell.postMessage({ kind: 'report', name, what } satisfies ClientReport);
  const port = await gpuPorts.connect();
  report(port === undefined ? 'no port' : 'port');
  void port?.closed.then(() => report('closed'));
  port?.onMessage(report);
  if (port !== undefined) ports.set(name, port);
}

shell.on('message', ({ data, ports: [port] }) => {
  const order = data as ClientOrder | { readonly kind: 'gpu-port'; readonly id: number };
  if (order.kind === 'gpu-port') gpuPorts.arrive(order.id, port);
  else if (order.kind === 'ask') void ask(order.name);
  else if (order.kind === 'say') ports.get(order.name)?.send(order.what);
  else ports.get(order.name)?.close();
});
