/**
 * The processor's executor as one that keeps samples, as a graphics card does: what lies in its slots it adds to what a
 * run brings. Not a test. Convention: as strict as the card, by `checkRequest`; `brought` counts samples run by run.
 */
import { checkRequest } from '../../engine/program/executor.ts';
import type { Executor, RunRequest, Session } from '../../engine/program/executor.ts';
import { sizeOf } from '../../engine/program/operation.ts';
import { quickExecutor } from './tiny-spec.ts';

export function keepingExecutor(mostPlaces: number): { readonly executor: Executor; readonly brought: number[] } {
  const brought: number[] = [];
  const open = async (...[program, options = {}]: Parameters<Executor['open']>): Promise<Session> => {
    const session = await quickExecutor.open(program, options);
    const keeps = Math.min(mostPlaces, options.keep ?? 0);
    const slots: Record<string, Uint8Array>[] = Array.from({ length: keeps }, () => ({}));
    const whole = (request: RunRequest): RunRequest => {
      checkRequest(program, request, keeps);
      const { kept, ...rest } = request;
      if (kept === undefined) return rest;
      const inputs = { ...rest.inputs };
      for (const { name, shape, type } of program.inputs) {
        if (type !== 'u8') continue;
        const size = sizeOf(shape);
        for (const [order, position] of kept.brought.entries()) {
          const values = rest.inputs[name] as Uint8Array;
          slots[kept.slots[position]!]![name] = values.slice(order * size, (order + 1) * size);
        }
        inputs[name] = Uint8Array.from(kept.slots.flatMap((slot) => [...(slots[slot]?.[name] ?? [])]));
      }
      brought.push(kept.brought.length);
      return { ...rest, inputs };
    };
    return {
      program,
      keeps,
      write: (...args) => session.write(...args),
      read: (block) => session.read(block),
      run: (request) => session.run(whole(request)),
      close: () => session.close(),
    };
  };
  return { executor: { name: quickExecutor.name, description: 'keeps samples', open }, brought };
}
