/**
 * The engine, as the whole window uses it: one connection, made when the window opens, by the shell's port where there
 * is a shell, else by a socket on the server that the page came from.
 */
import { connectEngine } from '../engine/contract/connection.ts';
import type { EngineConnection } from '../engine/contract/connection.ts';
import { openPort } from './transport/port-channel.ts';
import { servedAt } from './transport/served-at.ts';
import { shell } from './transport/shell.ts';
import { openSocket } from './transport/socket-channel.ts';

export const engine: EngineConnection = connectEngine((events) =>
  shell === undefined ? openSocket(servedAt('/engine'), events) : openPort(shell, window, events),
);
