/** Textures of integers and colors, and areas of maps sent to them. Not what is in them. Convention: nearest, no edge. */
export function createTexture(
  gl: WebGL2RenderingContext,
  internal: number,
  width: number,
  height: number,
  levels: number,
): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, levels, internal, width, height);
  for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
    gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
  }
  return texture;
}

/** Sends an area of a map without cutting it out first. */
export function unpackFrom(
  gl: WebGL2RenderingContext,
  rowLength: number,
  left: number,
  top: number,
  send: () => void,
): void {
  gl.pixelStorei(gl.UNPACK_ROW_LENGTH, rowLength);
  gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, left);
  gl.pixelStorei(gl.UNPACK_SKIP_ROWS, top);
  send();
  gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0);
  gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, 0);
  gl.pixelStorei(gl.UNPACK_SKIP_ROWS, 0);
}
