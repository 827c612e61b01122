/**
 * The two shaders: a triangle over the whole screen, and the color of a pixel. The color's definition is `shade` in
 * ../shade.ts. Convention: positions are image pixels from the page's left upper corner; texture coordinates have the
 * first row on top, as the image has.
 */
import { outcomes } from '../confusion.ts';
import { hatchPeriod, hatchWidth } from '../hatch.ts';
import { background, unlabelled } from '../label-image.ts';
import type { LayerKind } from '../layer.ts';

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
  /** Absent: the labels alone. */
  readonly layer: LayerKind | undefined;
}

export function fragmentShader({ bits, exact, outlines, layer }: ShaderKind): string {
  return `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
uniform highp ${bits === 8 ? 'sampler2D' : 'usampler2D'} image;
uniform usampler2D labels;
uniform usampler2D layer;
uniform sampler2D palette;  // first row: of the labels; second: of the layer
uniform vec2 origin;        // of the screen's left upper corner
uniform float perPixel;     // image pixels per device pixel
uniform float screenHeight; // device pixels
uniform vec2 pageSize;      // image pixels
uniform float factor;       // image pixels per texel, above 1 for the overview
uniform vec2 labelOrigin;   // of the label texture, image pixels
uniform vec2 window;        // lowest value shown, 1 / (highest - lowest)
uniform float outline;      // image pixels that it is wide
uniform bool grey;
uniform float hatchPhase;   // of the screen's left upper corner, CSS pixels
uniform float pixelRatio;   // device pixels per CSS pixel
out vec4 color;
const float scale = ${bits === 8 ? '255.0' : '1.0'};

uint classAt(usampler2D map, vec2 at) {
  ivec2 last = textureSize(map, 0) - 1;
  return texelFetch(map, clamp(ivec2(floor((at - labelOrigin) / factor)), ivec2(0), last), 0).r;
}

bool isHatched() {
  vec2 css = vec2(gl_FragCoord.x, screenHeight - gl_FragCoord.y) / pixelRatio;
  return mod(hatchPhase + css.x + css.y, ${hatchPeriod.toFixed(1)}) < ${hatchWidth.toFixed(1)};
}

${layer === 'confusion' ? outcome : label}

${exact ? squares : bits === 8 ? filtered : averaged}

void main() {
  vec2 at = origin + vec2(gl_FragCoord.x, screenHeight - gl_FragCoord.y) * perPixel;
  vec3 value = valueAt(clamp(at, vec2(0.0), pageSize - 0.001));
  if (grey) value = value.rrr;
  vec3 shown = clamp((value - window.x) * window.y, 0.0, 1.0);
  uint kind = kindAt(at);
  vec4 paint = colorOf(kind);
${outlines ? outlineOnly : ''}  vec3 painted = mix(shown, paint.rgb, paint.a);
${layer === 'proposal' ? proposal(outlines) : ''}  color = vec4(painted, 1.0);
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

/** What decides the color of a pixel, and which color that is. */
const label = `uint kindAt(vec2 at) {
  return classAt(labels, at);
}

vec4 colorOf(uint kind) {
  return texelFetch(palette, ivec2(int(kind), 0), 0);
}`;

const outcome = `uint outcomeOf(uint label, uint predicted) {
  uint said = predicted == ${unlabelled}u ? ${background}u : predicted;
  if (label == ${unlabelled}u) return ${outcomes.none}u;
  if (label == said) return label == ${background}u ? ${outcomes.none}u : ${outcomes.truePositive}u;
  if (label == ${background}u) return ${outcomes.falsePositive}u;
  return said == ${background}u ? ${outcomes.falseNegative}u : ${outcomes.wrongClass}u;
}

uint kindAt(vec2 at) {
  return outcomeOf(classAt(labels, at), classAt(layer, at));
}

vec4 colorOf(uint kind) {
  uint striped = isHatched() ? ${outcomes.falsePositive}u : ${outcomes.falseNegative}u;
  return texelFetch(palette, ivec2(int(kind == ${outcomes.wrongClass}u ? striped : kind), 1), 0);
}`;

const outlineOnly = `  bool edge = ${anyBeside((at) => `kindAt(${at}) != kind`)};
  paint.a = edge && paint.a > 0.0 ? 1.0 : 0.0;
`;

function proposal(outlines: boolean): string {
  const beside = anyBeside((at) => `classAt(layer, ${at}) != proposed`);
  return `  uint proposed = classAt(layer, at);
  vec4 over = texelFetch(palette, ivec2(int(proposed), 1), 0);
  bool line = ${beside};
  ${outlines ? 'over.a = line && isHatched() && over.a > 0.0 ? 1.0 : 0.0;' : 'if (!line && !isHatched()) over.a = 0.0;'}
  painted = mix(painted, over.rgb, over.a);
`;
}

function anyBeside(test: (at: string) => string): string {
  const steps = [
    'at + vec2(outline, 0.0)',
    'at - vec2(outline, 0.0)',
    'at + vec2(0.0, outline)',
    'at - vec2(0.0, outline)',
  ];
  return steps.map(test).join(' || ');
}
