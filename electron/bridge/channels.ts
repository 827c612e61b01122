/**
 * The names of the channels between shell and preload. Convention: used in this folder alone.
 */
export const channels = {
  /** The window wants a port to the engine. */
  connectEngine: 'mambrush:connect-engine',
  /** The window sends what the menu has to know. */
  preferences: 'mambrush:preferences',
  /** The window asks for a dialog; answered with a path or undefined. */
  choose: 'mambrush:choose',
  /** The shell asks for a command. */
  command: 'mambrush:command',
  /** The shell's `PortNotice`, with a port where there is one. */
  notice: 'mambrush:notice',
} as const;
