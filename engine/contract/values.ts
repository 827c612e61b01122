/**
 * The small values that requests and results are made of. Convention: binary is carried by structured cloning as it is, by
 * a socket as an attachment behind the message.
 */
import { z } from 'zod';

export const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be bytes');
export const count = z.int().nonnegative();
export const id = z.int().nonnegative();
export const positive = z.int().positive();
export const path = z.string().min(1);
export const size = z.strictObject({ width: positive, height: positive });
export const jsonObject = z.record(z.string(), z.json());
export type JsonObject = z.infer<typeof jsonObject>;
