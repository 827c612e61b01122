/**
 * The two shaders: a triangle over the whole screen, and the colour of a pixel. The colour's definition is `shade` in
 * ../shade.ts. Convention: positions are image pixels from the page's left upper corner; texture coordinates have the
 * first row on top, as the image has.
 */
export const vertexShader = `#version 300 es
void main() {
  vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
  gl_Position = vec4(corner, 0.0, 1.0);
}
`;

/**
 * What a shader is made for. Choices are compiled in, not branched on: drawing in software takes every branch, and a
 * screen of 1280×800 took 104 ms instead of 42 (SwiftShader, two busy cores).
 *
 * 8 bits are filtered by the hardware, with mipmaps; 16 bits keep their values in an integer texture, which no hardware
 * filters, so up to 16 of them are averaged here.
 */
export interface ShaderKind {
  readonly bits: 8 | 16;
  /** Image pixels are squares. */
  readonly exact: boolean;
  readonly outlines: boolean;
}

export function fragmentShader({ bits, exact, outlines }: ShaderKind): string {
  return `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
uniform highp ${bits === 8 ? 'sampler2D' : 'usampler2D'} image;
uniform usampler2D labels;
uniform sampler2D palette;
uniform vec2 origin;        // of the screen's left upper corner
uniform float perPixel;     // image pixels per device pixel
uniform float screenHeight; // device pixels
uniform vec2 pageSize;      // image pixels
uniform float factor;       // image pixels per texel, above 1 for the overview
uniform vec2 labelOrigin;   // of the label texture, image pixels
uniform vec2 window;        // lowest value shown, 1 / (highest - lowest)
uniform float outline;      // image pixels that it is wide
uniform bool grey;
out vec4 color;
const float scale = ${bits === 8 ? '255.0' : '1.0'};

uint labelAt(vec2 at) {
  ivec2 last = textureSize(labels, 0) - 1;
  return texelFetch(labels, clamp(ivec2(floor((at - labelOrigin) / factor)), ivec2(0), last), 0).r;
}

${exact ? squares : bits === 8 ? filtered : averaged}

void main() {
  vec2 at = origin + vec2(gl_FragCoord.x, screenHeight - gl_FragCoord.y) * perPixel;
  vec3 value = valueAt(clamp(at, vec2(0.0), pageSize - 0.001));
  if (grey) value = value.rrr;
  vec3 shown = clamp((value - window.x) * window.y, 0.0, 1.0);
  uint label = labelAt(at);
  vec4 paint = texelFetch(palette, ivec2(int(label), 0), 0);
${outlines ? edges : ''}  color = vec4(mix(shown, paint.rgb, paint.a), 1.0);
}
`;
}

/** All channels in the image's own values: an 8-bit texture gives 0..1. */
const squares = `vec3 valueAt(vec2 at) {
  return vec3(texelFetch(image, ivec2(floor(at / factor)), 0).rgb) * scale;
}`;

const filtered = `vec3 valueAt(vec2 at) {
  vec2 where = at / (vec2(textureSize(image, 0)) * factor);
  return textureLod(image, where, max(0.0, log2(perPixel / factor))).rgb * scale;
}`;

const averaged = `vec3 valueAt(vec2 at) {
  int side = clamp(int(ceil(perPixel / factor)), 1, 4);
  ivec2 last = textureSize(image, 0) - 1;
  vec3 sum = vec3(0.0);
  for (int j = 0; j < side; j++) {
    for (int i = 0; i < side; i++) {
      vec2 aside = ((vec2(float(i), float(j)) + 0.5) / float(side) - 0.5) * perPixel;
      sum += vec3(texelFetch(image, clamp(ivec2(floor((at + aside) / factor)), ivec2(0), last), 0).rgb);
    }
  }
  return sum / float(side * side);
}`;

const edges = `  bool edge = labelAt(at + vec2(outline, 0.0)) != label || labelAt(at - vec2(outline, 0.0)) != label
    || labelAt(at + vec2(0.0, outline)) != label || labelAt(at - vec2(0.0, outline)) != label;
  paint.a = edge && paint.a > 0.0 ? 1.0 : 0.0;
`;
