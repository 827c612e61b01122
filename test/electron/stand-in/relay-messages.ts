/**
 * How the stand-in's utility processes and their parent carry what Electron carries: messages, and ports by number.
 */
export type RelayMessage =
  | { readonly kind: 'message'; readonly message: unknown; readonly ports: readonly number[] }
  | { readonly kind: 'port-message'; readonly port: number; readonly message: unknown }
  | { readonly kind: 'port-closed'; readonly port: number };
