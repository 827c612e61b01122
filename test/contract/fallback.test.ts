import { describe, expect, it } from 'vitest';
import { fallback, fallbackText, notUsedText, refusalText } from '../../engine/contract/fallback.ts';
import type { Refusal } from '../../engine/contract/fallback.ts';

const missing: Refusal = { code: 'executor-unavailable', executor: 'cpu', reason: 'it has not been built' };
const wrong: Refusal = { code: 'self-check-failed', executor: 'webgpu', tensor: 'conv.out', times: 12.34 };
const different: Refusal = { code: 'results-differ', executor: 'dml', difference: 0.00123 };
const failed: Refusal = { code: 'executor-failed', executor: 'webgpu', error: { code: 'gpu-lost', message: 'Gone.' } };
const none: Refusal = { code: 'gpu-missing', reason: 'there is no driver' };

describe('why an executor does not compute', () => {
  it('is a sentence made of values', () => {
    const wrongly = "computes wrongly on this machine: 'conv.out' is off by";
    const report = "Please report it with the output of 'doctor'.";
    expect(
      [
        missing,
        wrong,
        { ...wrong, instructionSet: 'avx2', times: null },
        different,
        { ...different, difference: null },
        failed,
        none,
      ].map(refusalText),
    ).toEqual([
      "The executor 'cpu' cannot run here: it has not been built.",
      `The executor 'webgpu' ${wrongly} 12.3 times what is allowed. ${report}`,
      `The executor 'webgpu' (avx2) ${wrongly} not a number. ${report}`,
      'dml computes wrongly here: probabilities differ by 1.2e-3.',
      'dml computes wrongly here: probabilities differ by Infinity.',
      'Gone.',
      'No graphics card is used: there is no driver.',
    ]);
  });

  it('names the executor where another computes that is no fallback', () => {
    expect([different, failed, none].map(notUsedText)).toEqual([
      "'dml' is not used: its probabilities differ by 1.2e-3 here.",
      "'webgpu' is not used: Gone.",
      'No graphics card is used: there is no driver.',
    ]);
  });
});

it('a fallback says everybody’s reason, and what computes instead', () => {
  const instead = ['reference', 'onnx', 'processor'] as const;
  expect(instead.map((name) => fallbackText({ refusals: [missing, failed], instead: name }))).toEqual([
    "The executor 'cpu' cannot run here: it has not been built. Gone. The executor 'reference' computes instead; it is far slower.",
    "The executor 'cpu' cannot run here: it has not been built. Gone. ONNX Runtime computes instead.",
    "The executor 'cpu' cannot run here: it has not been built. Gone. The processor computes instead.",
  ]);
  const crossing = { refusals: [missing, wrong, different, failed, none], instead: 'onnx' };
  expect(fallback.parse(JSON.parse(JSON.stringify(crossing)))).toEqual(crossing);
});
