/**
 * Binary in requests and results: structured cloning carries it as it is, a socket as an attachment behind the message.
 */
import { z } from 'zod';

export const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be bytes');
