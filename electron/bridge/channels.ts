/**
 * The names of the channels between shell and preload. Convention: used in this folder alone.
 */
export const channels = {
  connectEngine: 'mambrush:connect-engine',
  preferences: 'mambrush:preferences',
  /** The window asks for a dialog; answered with a path or undefined. */
  choose: 'mambrush:choose',
  command: 'mambrush:command',
  /** The shell's `PortNotice`, with a port where there is one. */
  notice: 'mambrush:notice',
} as const;
