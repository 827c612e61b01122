/**
 * The messages between the shell, the processes below it and its pages. Not the requests to the engine: those go through a
 * message port that the shell hands to both. Convention: the window reaches the shell through `ShellBridge` alone, and the
 * shell checks what comes through it.
 */
import { z } from 'zod';

/** What the shell's menu has to know of the preferences. */
export const shellPreferences = z.strictObject({
  language: z.enum(['en', 'zh-CN']),
  /** By the command's id; only those that were changed. */
  keys: z.record(z.string().max(64), z.array(z.string().max(32)).max(8)),
  /** Folders of projects, the latest first. */
  recent: z.array(z.string().min(1).max(4096)).max(32),
});
export type ShellPreferences = z.infer<typeof shellPreferences>;

/** A dialog of the system that the window asks for. */
export const dialogRequest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('folder'), title: z.string().max(256) }),
  z.strictObject({
    kind: z.literal('file'),
    title: z.string().max(256),
    /** Lower case, with the dot. */
    endings: z.array(z.string().regex(/^\.[a-z0-9.]{1,16}$/)).max(32),
  }),
  z.strictObject({ kind: z.literal('save'), title: z.string().max(256), name: z.string().max(256) }),
]);
export type DialogRequest = z.infer<typeof dialogRequest>;

/** From the shell to the window: run a command of its catalogue, or open a folder. */
export type ShellCommand =
  { readonly kind: 'run'; readonly command: string } | { readonly kind: 'open'; readonly folder: string };

/** What the preload posts to its own page; a port to the engine comes along with 'port'. */
export interface PortNotice {
  readonly kind: 'mambrush:port' | 'mambrush:engine-ended';
  /** Counts the engine's starts: what is said of an earlier engine does not concern a later one. */
  readonly engine: number;
}

/** `window.mambrush`: all that the window may do with the shell. */
export interface ShellBridge {
  /** Asks for a port to the engine, which comes as a `PortNotice`; while there is no engine it comes when there is one. */
  readonly connectEngine: () => void;
  readonly chooseFolder: (title: string) => Promise<string | undefined>;
  /** @param endings lower case, with the dot */
  readonly chooseFile: (title: string, endings: readonly string[]) => Promise<string | undefined>;
  readonly chooseSavePath: (title: string, name: string) => Promise<string | undefined>;
  readonly sendPreferences: (preferences: ShellPreferences) => void;
  /** One listener; commands that came before it are handed to it at once. */
  readonly onCommand: (listener: (command: ShellCommand) => void) => void;
}

/** From the shell to the engine's process; a port comes along with 'window' and 'trainer'. */
export type ShellToEngine =
  | { readonly kind: 'window' }
  /** The trainer that was asked for, at the other end of the port. */
  | { readonly kind: 'trainer'; readonly id: number }
  | { readonly kind: 'trainer-ended'; readonly id: number; readonly how: string; readonly lastWords: string }
  /** Save and end. */
  | { readonly kind: 'close' }
  | GpuPortAnswer;

/** From the engine's process to the shell. */
export type ShellRequest =
  | { readonly kind: 'fork-trainer'; readonly id: number }
  | { readonly kind: 'kill-trainer'; readonly id: number }
  /** How many runs train now, those that are paused not counted. */
  | { readonly kind: 'training'; readonly runs: number }
  | GpuPortRequest;

/** From the shell to a trainer's process; the port to the engine comes along with 'engine'. */
export type ShellToTrainer = { readonly kind: 'engine' } | GpuPortAnswer;

/** From the engine's process or a trainer's: a port to the page that computes on graphics cards. Ids are the asker's own. */
export type GpuPortRequest =
  | { readonly kind: 'gpu-port'; readonly id: number }
  /** The port of that request is closed; when the last one is, the page may go. */
  | { readonly kind: 'gpu-port-closed'; readonly id: number };

/** The port comes along; none does where that page cannot be had. */
export interface GpuPortAnswer {
  readonly kind: 'gpu-port';
  readonly id: number;
}

/** What the preload posts to the page that computes on graphics cards, with a port. */
export interface GpuPortNotice {
  readonly kind: 'mambrush:gpu-port';
}

/** `window.mambrushGpuHost`: all that the page which computes on graphics cards may do with the shell. */
export interface GpuHostBridge {
  /** It takes ports from now on. */
  readonly sendReady: () => void;
}
