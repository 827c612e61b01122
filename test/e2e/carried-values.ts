/**
 * Values as playwright carries them between a page and this process: JSON, in which typed arrays are base64. Convention:
 * both functions use nothing from outside of themselves and nothing of Node, so that their text runs in a page too.
 */
export const toText = (value: unknown): string =>
  JSON.stringify(value, (_key, content: unknown) => {
    if (!ArrayBuffer.isView(content)) return content;
    const bytes = new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
    const pieces: string[] = [];
    // More arguments than this are too many for one call.
    for (let at = 0; at < bytes.length; at += 8192) pieces.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
    return { numbers: content.constructor.name, in64: btoa(pieces.join('')) };
  });

export const fromText = (text: string): unknown =>
  JSON.parse(text, (_key, content: unknown) => {
    if (typeof content !== 'object' || content === null || !('in64' in content)) return content;
    const { numbers, in64 } = content as { readonly numbers: string; readonly in64: string };
    const { buffer } = Uint8Array.from(atob(in64), (character) => character.charCodeAt(0));
    if (numbers === 'Float32Array') return new Float32Array(buffer);
    return numbers === 'Float64Array' ? new Float64Array(buffer) : new Uint8Array(buffer);
  });
