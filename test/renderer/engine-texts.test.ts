import { afterEach, describe, expect, it } from 'vitest';
import { MambrushError } from '../../engine/contract/error.ts';
import { computeDetail, computeText, executorText } from '../../renderer/locales/compute-texts.ts';
import { errorText, ownCodes, reasonOf, textOf, textOfError } from '../../renderer/locales/engine-texts.ts';
import { setLanguage } from '../../renderer/locales/i18n.ts';
import { errors, gists } from '../../renderer/locales/zh-CN/errors/errors.ts';
import { engineCodes, engineSources } from './engine-codes.ts';

const { codes, assembled } = engineCodes(engineSources());
const said = new Map([...codes, ...ownCodes.map((code) => [code, 'the window'] as const)]);

afterEach(() => setLanguage('en'));

describe('what the engine says', () => {
  it('is found in its sources, by codes that are written out', () => {
    expect(codes.size).toBeGreaterThan(200);
    // One of each kind: of an error's class, a function, a method, a note, a union, a subclass.
    const kinds = ['port-taken', 'mask-soft', 'validation-missing', 'masks-joined', 'npy-truncated', 'project-locked'];
    expect([...codes.keys()]).toEqual(expect.arrayContaining(kinds));
    expect(assembled).toEqual([]);
  });

  it('is said in Chinese too', () => {
    expect([...said].filter(([code]) => !(code in errors))).toEqual([]);
    expect(Object.entries(errors).filter(([, text]) => !/\p{Script=Han}.*[。：]$/u.test(text))).toEqual([]);
  });

  it('has no text for a code that nobody says any more', () => {
    expect(Object.keys(errors).filter((code) => !said.has(code))).toEqual([]);
  });

  it('needs no value but the path, for all others stand in its own sentence', () => {
    const values = Object.values(errors).flatMap((text) => text.match(/\{\w+\}/g) ?? []);
    expect(new Set(values)).toEqual(new Set(['{path}']));
  });
});

describe('a sentence of the engine', () => {
  const message = 'a.png is 20×10, but its image is 30×10. Make a mask of the same size.';
  const mismatch = { code: 'mask-size-mismatch', message, path: 'a.png' };

  it('is said as it is in English', () => {
    expect(textOf(mismatch)).toEqual({ text: message });
    expect(reasonOf(mismatch).text).toBe(message.slice('a.png '.length));
  });

  it('comes in small print where the Chinese text is only the gist of it', () => {
    setLanguage('zh-CN');
    expect(gists.has(mismatch.code)).toBe(true);
    expect(textOf(mismatch).text).toMatch(/^a\.png 与所属图像的尺寸不同/);
    expect(textOf(mismatch).detail).toBe(message);
    expect(reasonOf(mismatch).text).toMatch(/^与所属图像的尺寸不同/);
  });

  it('does not come where the Chinese text says it all', () => {
    setLanguage('zh-CN');
    expect(textOfError(new MambrushError('image-empty', 'b.png is empty.', { path: 'b.png' }))).toEqual({
      text: 'b.png 是空文件（0 字节），请重新复制或下载。',
    });
    expect(errorText(new MambrushError('image-empty', 'It is empty.'))).toMatch(/^该文件/);
  });

  it('is said as it is where no code is known', () => {
    setLanguage('zh-CN');
    expect(textOf({ code: '', message: 'from an older version' })).toEqual({ text: 'from an older version' });
    expect(textOfError(new RangeError('a mistake'))).toEqual({ text: 'a mistake' });
  });
});

describe('what computes', () => {
  const computes = [
    { executor: 'cpu', description: 'C++, float32, avx512, 2 threads' },
    { executor: 'reference', description: 'TypeScript, float64, one thread' },
    {
      executor: 'onnx',
      description: 'ONNX Runtime on the processor, 16 threads',
      race: [
        { executor: 'cpu', milliseconds: 5.21 },
        { executor: 'onnx', milliseconds: 3.14 },
      ],
    },
    {
      executor: 'cpu',
      description: 'C++, float32, baseline, 1 thread',
      refusals: [{ code: 'gpu-missing' as const, reason: 'there is none' }],
    },
    { executor: 'webgpu', description: 'WebGPU, float32, NVIDIA H100 (PCIe)' },
    { executor: 'webgpu', description: 'WebGPU, float32, SwiftShader, simulated by the processor' },
  ];

  it('is said in words for people', () => {
    expect(computes.map(computeText)).toEqual([
      'CPU, AVX-512, 2 threads',
      'Reference (slow), 1 thread',
      'CPU (ONNX Runtime), 16 threads, 3.1 ms per image',
      'CPU, baseline, 1 thread',
      'GPU, NVIDIA H100 (PCIe)',
      'GPU, SwiftShader, simulated',
    ]);
    setLanguage('zh-CN');
    expect(computes.map(computeText)).toEqual([
      '处理器，AVX-512，2 线程',
      '参考实现（慢），1 线程',
      '处理器（ONNX Runtime），16 线程，每张 3.1 毫秒',
      '处理器，基本指令集，1 线程',
      '显卡，NVIDIA H100 (PCIe)',
      '显卡，SwiftShader，软件模拟',
    ]);
  });

  it('is said in full in a title: everybody’s time, and who took no part', () => {
    expect(computeDetail(computes[2]!)).toBe(
      'ONNX Runtime on the processor, 16 threads\nCPU: 5.2 ms per image\nCPU (ONNX Runtime): 3.1 ms per image',
    );
    expect(computeDetail(computes[3]!)).toMatch(/\nNo graphics card is used: there is none\.$/);
  });

  it('has a second graphics card by its number', () => {
    expect(executorText('webgpu-2')).toBe('GPU 2');
    setLanguage('zh-CN');
    expect(executorText('webgpu-2')).toBe('显卡 2');
  });

  it('keeps the name of an executor that is not known here', () => {
    expect(['cpu', 'something'].map(executorText)).toEqual(['CPU', 'something']);
  });
});
