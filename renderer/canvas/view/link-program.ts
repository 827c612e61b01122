/**
 * A WebGL program from its two shaders, with its uniforms by name. Convention: what does not compile is an error that
 * says so with the driver's words.
 */
import { fragmentShader, vertexShader } from './shaders.ts';
import type { ShaderKind } from './shaders.ts';

export interface Program {
  readonly program: WebGLProgram;
  readonly uniform: (name: string) => WebGLUniformLocation | null;
}

/** @throws Error with the driver's message, unless the context is lost, which is no fault of the shaders */
export function linkProgram(gl: WebGL2RenderingContext, kind: ShaderKind): Program {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertexShader],
    [gl.FRAGMENT_SHADER, fragmentShader(kind)],
  ] as const) {
    const shader = gl.createShader(type);
    if (shader === null) break;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (gl.getShaderParameter(shader, gl.COMPILE_STATUS) !== true && !gl.isContextLost()) {
      throw new Error(`the graphics driver refuses a shader: ${gl.getShaderInfoLog(shader) ?? ''}`);
    }
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  if (gl.getProgramParameter(program, gl.LINK_STATUS) !== true && !gl.isContextLost()) {
    throw new Error(`the graphics driver refuses the shaders: ${gl.getProgramInfoLog(program) ?? ''}`);
  }
  const known = new Map<string, WebGLUniformLocation | null>();
  const uniform = (name: string): WebGLUniformLocation | null => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const location = gl.getUniformLocation(program, name);
    known.set(name, location);
    return location;
  };
  return { program, uniform };
}
