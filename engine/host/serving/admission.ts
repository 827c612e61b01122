/**
 * Who may connect to a served engine. Convention: the address that is printed holds a secret; a browser that opens it
 * gets the secret as a cookie, which scripts cannot read and other sites cannot send; every socket needs it, and has to
 * come from a page of this very server.
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { hostname, networkInterfaces } from 'node:os';

export interface Admission {
  /** The request names this server as the one it wants: a page elsewhere whose name was pointed here does not. */
  isOurHost(request: IncomingMessage): boolean;
  hasSecret(request: IncomingMessage): boolean;
  /** From one of our own pages. */
  isOurOrigin(request: IncomingMessage): boolean;
  isSecret(candidate: string | null): boolean;
  readonly cookie: string;
}

/** @param address that is listened on; '0.0.0.0' and '::' stand for all of this machine's */
export function createAdmission(secret: string, address: string, port: number): Admission {
  const hosts = new Set(namesOf(address).map((name) => `${name}:${port}`));
  // Cookies are shared by all ports of a machine.
  const cookieName = `mambrush-${port}`;
  const isSecret = (candidate: string | null): boolean => {
    const given = Buffer.from(candidate ?? '');
    const wanted = Buffer.from(secret);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  };
  return {
    isOurHost: ({ headers }) => hosts.has(headers.host ?? ''),
    isOurOrigin: ({ headers }) => headers.origin === `http://${headers.host ?? ''}`,
    hasSecret: ({ headers }) => {
      const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
      return pairs.some(([name, value]) => name === cookieName && isSecret(value ?? null));
    },
    isSecret,
    cookie: `${cookieName}=${secret}; HttpOnly; SameSite=Strict; Path=/`,
  };
}

function namesOf(address: string): readonly string[] {
  const local = ['127.0.0.1', 'localhost', '[::1]'];
  const bracketed = (name: string): string => (name.includes(':') ? `[${name}]` : name);
  if (address !== '0.0.0.0' && address !== '::') return [...local, bracketed(address)];
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return [...local, hostname(), ...all.map((entry) => bracketed(entry.address))];
}
