/**
 * A process that reaches a graphics card elsewhere through its parent, as a trainer does. Not a test. Convention: it sends
 * back over the card's way what arrives there, and says over its channel when that way opens and closes.
 */
import { RelayedGpu, isRelayed } from '../../../engine/host/trainers/gpu-relay.ts';
import type { GpuRelayMessage } from '../../../engine/host/trainers/gpu-relay.ts';

export interface ProcessReport {
  readonly kind: 'open' | 'none' | 'closed';
}
export interface ProcessOrder {
  readonly kind: 'connect' | 'close';
}

const send = (message: GpuRelayMessage | ProcessReport): void => {
  if (process.connected) process.send?.(message);
};
const gpu = new RelayedGpu(send);
let close = (): void => undefined;

process.on('message', (message: GpuRelayMessage | ProcessOrder) => {
  if (isRelayed(message)) gpu.receive(message);
  else if (message.kind === 'connect') void connect();
  else close();
});

async function connect(): Promise<void> {
  const port = await gpu.connect();
  if (port !== undefined) {
    port.onMessage((frame) => port.send(frame));
    void port.closed.then(() => send({ kind: 'closed' }));
    close = () => port.close();
  }
  send({ kind: port === undefined ? 'none' : 'open' });
}
