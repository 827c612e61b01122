import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../engine/host/engine.ts';
import { servePort } from '../../../engine/host/serving/serve-port.ts';
import { Sessions } from '../../../engine/host/serving/sessions.ts';

class PortStandIn extends EventEmitter {
  readonly posted: unknown[] = [];
  isClosed = false;
  readonly postMessage = (message: unknown): void => void this.posted.push(message);
  readonly start = (): void => undefined;
  readonly close = (): void => void (this.isClosed = true);
}

const whole = Uint8Array.from({ length: 100_000 }, (_, i) => i);
const engine: Engine = {
  handle: async () => ({ ok: true, value: { rows: [{ pixels: whole.subarray(10, 13), buffer: Buffer.from('ab') }] } }),
  listen: () => () => undefined,
  release: async () => undefined,
  close: async () => undefined,
};

describe('an engine behind a message port', () => {
  it('sends bytes of their own, not the whole buffer that they are a part of', async () => {
    const port = new PortStandIn();
    servePort(new Sessions(engine), port);
    port.emit('message', { data: { kind: 'hello' } });
    port.emit('message', { data: { kind: 'request', id: 1, name: 'any', args: {} } });
    await expect.poll(() => port.posted.length).toBe(2);
    const rows = [{ pixels: Uint8Array.of(10, 11, 12), buffer: Uint8Array.of(97, 98) }];
    expect(port.posted[1]).toEqual({ kind: 'outcome', id: 1, outcome: { ok: true, value: { rows } } });
    const sent = structuredClone(port.posted[1]) as { outcome: { value: { rows: { pixels: Uint8Array }[] } } };
    expect(sent.outcome.value.rows[0]?.pixels.buffer.byteLength).toBe(3);
  });

  it.each([[undefined], ['hello'], [{ kind: 'hello', session: 1 }], [{ kind: 'order' }]])(
    'closes a port that says %j, for that is no message of the contract',
    (data) => {
      const port = new PortStandIn();
      servePort(new Sessions(engine), port);
      port.emit('message', { data });
      expect([port.isClosed, port.posted]).toEqual([true, []]);
    },
  );
});
