/**
 * The engine, as the whole window uses it: one connection, made when the window opens.
 */
import { connectEngine } from '../engine/contract/connection.ts';
import type { EngineConnection } from '../engine/contract/connection.ts';
import { openSocket } from './transport/socket-channel.ts';

export const engine: EngineConnection = connectEngine((events) =>
  openSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/engine`, events),
);
