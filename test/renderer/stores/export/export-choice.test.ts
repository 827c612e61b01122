import { describe, expect, it } from 'vitest';
import type { ImageInfo } from '../../../../engine/contract/images.ts';
import type { ProposalInfo } from '../../../../engine/contract/proposals.ts';
import { requests } from '../../../../engine/contract/requests.ts';
import {
  checkedChoice,
  comesFromProposals,
  exportArguments,
  exportFormats,
  imagesIn,
  maskValues,
  predictArguments,
  scopesOf,
  defaultChoice,
  withoutProposal,
} from '../../../../renderer/stores/export/export-choice.ts';

function image(id: number, more: Partial<ImageInfo> = {}): ImageInfo {
  const size = { width: 4, height: 4, channels: 3, bits: 8 } as const;
  return { id, path: `${id}.png`, ...size, state: 'done', missing: false, revision: 1, labelled: true, ...more };
}

const images = [
  image(1, { part: 'train' }),
  image(2, { part: 'test', state: 'in-progress' }),
  image(3, { labelled: false, state: 'unlabelled', revision: 0 }),
  image(4, { missing: true }),
];
const ids = (list: readonly ImageInfo[]): number[] => list.map(({ id }) => id);

describe('what is exported', () => {
  it('are images with labels, or with a file to be predicted, of the part that was chosen', () => {
    const of = (
      scope: Parameters<typeof imagesIn>[1]['scope'],
      source: 'labels' | 'predictions' = 'labels',
    ): number[] => ids(imagesIn(images, { scope, source }, [2, 3]));
    expect(of('all')).toEqual([1, 2, 4]);
    expect(of('all', 'predictions')).toEqual([1, 2, 3]);
    expect(of('chosen')).toEqual([2]);
    expect(of('chosen', 'predictions')).toEqual([2, 3]);
    expect(of('done')).toEqual([1, 4]);
    expect(of('unlabelled', 'predictions')).toEqual([3]);
    expect(of('test')).toEqual([2]);
    expect(scopesOf('labels', false)).not.toContain('unlabelled');
    expect(scopesOf('predictions', true)).toEqual(expect.arrayContaining(['chosen', 'unlabelled']));
  });

  it('is asked for in a form that the engine takes, whatever is chosen, and without options that clash', () => {
    for (const source of ['labels', 'predictions'] as const) {
      for (const format of exportFormats) {
        for (const values of maskValues) {
          const choice = { ...defaultChoice, source, format, values, overlays: true, probabilities: true };
          const asked = exportArguments('/p', choice, images, '/out');
          expect(requests['dataset.export'].arguments.safeParse(asked).error).toBeUndefined();
          expect([asked.values, asked.palette, asked.overlays].some((option) => option !== undefined)).toBe(
            format === 'png',
          );
          expect(asked.size !== undefined).toBe(format === 'npy');
          const predicted = predictArguments('/p', choice, images, '/out');
          expect(requests['predict.project'].arguments.safeParse(predicted).error).toBeUndefined();
        }
      }
    }
  });

  it('comes from proposals only where the network cannot write it itself, and those that are there are kept', () => {
    const predictions = { ...defaultChoice, source: 'predictions' } as const;
    expect(comesFromProposals(predictions)).toBe(false);
    expect(comesFromProposals({ ...predictions, format: 'npy' })).toBe(false);
    expect(comesFromProposals({ ...predictions, values: 'index' })).toBe(true);
    expect(comesFromProposals({ ...predictions, format: 'coco' })).toBe(true);
    expect(comesFromProposals({ ...defaultChoice, format: 'coco' })).toBe(false);
    const proposal = (id: number, run: number): [number, ProposalInfo] => [
      id,
      { image: id, run, uncertainty: 0, at: '' },
    ];
    expect(withoutProposal(images, new Map([proposal(1, 7), proposal(2, 6)]), 7)).toEqual([2, 3, 4]);
  });

  it('is remembered as far as it makes sense, and never that files are replaced', () => {
    expect(checkedChoice(undefined)).toEqual(defaultChoice);
    expect(checkedChoice({ format: 'coco', scope: 'chosen', size: -1, overwrite: true, values: 7 })).toEqual({
      ...defaultChoice,
      format: 'coco',
    });
  });
});
