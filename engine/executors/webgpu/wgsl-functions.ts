/**
 * The scalar functions that kernels share, in WGSL: those of engine/program/operations/activation, for float32. Not
 * kernels. Convention: WGSL allows `log` an absolute error of 5e-7 near 1 and knows no erf, so both are written out here;
 * `exp` is never given what overflows.
 */
export const wgslFunctions = `
fn sigmoid(x: f32) -> f32 { return 1.0 / (1.0 + exp(clamp(-x, -87.0, 87.0))); }
fn silu(x: f32) -> f32 { return x * sigmoid(x); }
fn siluDerivative(x: f32) -> f32 { let s = sigmoid(x); return s * (1.0 + x * (1.0 - s)); }

// ln(1 + u) for u in 0..1, by the series of 2·artanh(u / (2 + u)): nine terms leave 1e-10.
fn log1p01(u: f32) -> f32 {
  let s = u / (2.0 + u);
  let q = s * s;
  return 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q * (1.0 / 9.0
    + q * (1.0 / 11.0 + q * (1.0 / 13.0 + q * (1.0 / 15.0 + q / 17.0))))))));
}
fn softplus(x: f32) -> f32 { return max(x, 0.0) + log1p01(exp(max(-abs(x), -87.0))); }

// Abramowitz & Stegun 7.1.26, absolute error 1.5e-7.
fn normalCdf(x: f32) -> f32 {
  let z = min(abs(x) * 0.70710678, 9.0);
  let t = 1.0 / (1.0 + 0.3275911 * z);
  let tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    * exp(-z * z);
  return select(0.5 * tail, 1.0 - 0.5 * tail, x >= 0.0);
}
fn gelu(x: f32) -> f32 { return x * normalCdf(x); }
fn geluDerivative(x: f32) -> f32 {
  return normalCdf(x) + x * 0.39894228 * exp(max(-0.5 * x * x, -87.0));
}
`;

/** Byte of the packed u8 inputs, as a float. */
export const byteFunction = `
fn byteAt(i: u32) -> f32 { return f32((bytes[i >> 2u] >> ((i & 3u) * 8u)) & 255u); }
`;

/** The sum over the lanes of a workgroup, in a fixed order; all lanes must call it. It uses 512 floats of pool. */
export const laneSumFunction = `
fn laneSum4(lane: u32, value: vec4f) -> vec4f {
  for (var g = 0u; g < 4u; g++) { pool[g * 128u + lane] = value[g]; }
  workgroupBarrier();
  for (var step = 64u; step > 0u; step >>= 1u) {
    if (lane < step) {
      for (var g = 0u; g < 4u; g++) { pool[g * 128u + lane] += pool[g * 128u + lane + step]; }
    }
    workgroupBarrier();
  }
  let total = vec4f(pool[0], pool[128], pool[256], pool[384]);
  workgroupBarrier();
  return total;
}
`;
