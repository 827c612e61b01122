/**
 * `mambrush import`: a folder of images and the masks or annotations beside them. Convention: what could not be taken is
 * listed with its reason. Exit code 0 when images were taken, 1 when there are none.
 */
import { resolve } from 'node:path';
import type { ImportReport } from '../../contract/dataset.ts';
import { countOf, formatDuration, formatList, shellWord } from '../format-values.ts';
import { invocation } from '../help.ts';
import type { Command } from '../command.ts';

const interpretations = ['auto', 'binary', 'index', 'soft', 'colours'] as const;

export const importCommand: Command = {
  name: 'import',
  summary: 'takes a folder of images and masks into a project',
  usage: [
    'FOLDER [--masks FOLDER] [--invert] [--interpretation KIND] [--dry-run]',
    'FOLDER --annotations PATH [--empty-images KIND] [--dry-run]',
  ],
  details:
    'Images are PNG, JPEG, WebP, TIFF, BMP and GIF, also in folders below. Masks are found beside them (NAME_mask, ' +
    'NAME_segmentation, …), in folders called masks, labels or the like, or in the folder that you name; one file per ' +
    'object (ID/masks/*.png) works too. Where there are no masks, labels are drawn from COCO files (annotations.json, ' +
    'instances_*.json, _annotations.coco.json) and from the labelme files beside the images. Your files are never changed. Import again at any time: what is known is kept, ' +
    'and labels that you have painted are never replaced.',
  operands: { min: 1, max: 1, name: 'a folder' },
  options: {
    masks: { value: 'FOLDER', description: 'where the masks are, if not beside the images' },
    annotations: {
      value: 'PATH',
      description: 'a COCO or labelme file, or a folder of them, to take instead of masks',
    },
    'empty-images': {
      value: 'KIND',
      description: 'images that COCO lists without an object: unlabelled (unless given) or background',
    },
    invert: { description: 'the dark part of the masks is the object' },
    interpretation: {
      value: 'KIND',
      description:
        'what the values mean: auto (looks at all masks together), binary (not 0 is the object), soft (from half on), ' +
        'index (the value is the class), colors (every color is a class)',
    },
    'dry-run': { description: 'says what would be taken, and changes nothing' },
  },
  examples: [
    'import photos',
    'import photos --masks drawings --invert',
    'import photos --annotations coco.json',
    'import photos --dry-run --json',
  ],
  run: async ({ client, operands: [folder = '.'], values, progress, signal }) => {
    const report = await client.request(
      'dataset.import',
      {
        folder: resolve(folder),
        masks: values.path('masks'),
        annotations: values.path('annotations'),
        emptyImages: values.choice('empty-images', ['unlabelled', 'background'] as const),
        invert: values.has('invert'),
        interpretation: values.choice('interpretation', interpretations),
        dryRun: values.has('dry-run'),
      },
      { signal, onProgress: progress },
    );
    return { json: report, text: describe(report, folder), failed: !hasImages(report) };
  },
};

function hasImages({ images, arrays }: ImportReport): boolean {
  const { added, unchanged, updated, moved, removed } = images;
  return added + unchanged + updated + moved + removed + arrays.length > 0;
}

function describe(report: ImportReport, folder: string): string {
  const { images, changes, annotations, classes, unlabelled } = report;
  const states = [
    [images.added, 'new'],
    [images.unchanged, 'known'],
    [images.updated, 'changed'],
    [images.moved, 'moved or renamed'],
    [images.removed, 'left out, as you removed them'],
  ] as const;
  const lines = [
    `${countOf(images.found, 'image')}: ${listed(states)}.`,
    ...describeLabels(report),
    ...(classes.length > 0 ? [`Classes: ${classes.map(({ index, name }) => `${index} ${name}`).join(', ')}.`] : []),
    ...(unlabelled > 0 ? [`${countOf(unlabelled, 'image')} without labels.`] : []),
    ...report.warnings.map(({ message }) => message),
    ...report.choices.map(
      ({ message, alternatives }) =>
        `${message}\n  If that is not what they mean, import again with --interpretation ${alternatives.join(' or ')}.`,
    ),
    ...formatList(
      'Moved or renamed; their labels moved along:',
      changes.moved.map(({ from, to }) => `${from} → ${to}`),
    ),
    ...formatList('Changed since the last import; their labels are as before:', changes.updated),
    ...formatList('No longer there; their labels are kept in case they come back:', changes.missing),
    ...formatList('Left out:', report.skipped),
    ...formatList('Masks without an image (a mask is called like its image, or NAME_mask):', report.unmatchedMasks),
    ...formatList('Described in the annotations, and not here:', annotations?.unmatched ?? []),
    ...formatList('Labels that you have worked on were kept for:', report.keptLabels),
    ...formatList('Worth a look:', report.notes),
  ];
  if (report.dryRun) return [...lines, '', 'Nothing was changed: this was a dry run.'].join('\n');
  return [...lines, '', `Done in ${formatDuration(report.seconds)}.`, ...nextStep(report, folder)].join('\n');
}

function nextStep(report: ImportReport, folder: string): string[] {
  const { masks, annotations } = report;
  const labelled = [masks, ...(annotations === null ? [] : [annotations])].map(
    ({ imported, unchanged, kept }) => imported + unchanged + kept,
  );
  if (labelled.some((count) => count > 0)) return ['', `Next: ${invocation} train ${shellWord(folder)}`];
  if (!hasImages(report)) return [];
  return ['', 'Next: put masks beside the images (NAME_mask.png), or into a folder called masks, and import again.'];
}

function describeLabels(report: ImportReport): string[] {
  const { masks, annotations, arrays } = report;
  if (annotations !== null) return [describeAnnotations(annotations)];
  if (masks.found > 0) return describeMasks(report);
  return arrays.length > 0 ? [] : ['No masks were found.'];
}

function describeAnnotations(annotations: NonNullable<ImportReport['annotations']>): string {
  const { files, formats, images, matched, objects, objectsLeftOut } = annotations;
  const kinds = formats.map((format) => (format === 'coco' ? 'COCO' : format)).join(' and ');
  const from = `${countOf(files.length, 'file')}${kinds === '' ? '' : ` of ${kinds}`}`;
  const left = objectsLeftOut > 0 ? `, ${objectsLeftOut} left out` : '';
  const drawn = objects + objectsLeftOut > 0 ? `; ${countOf(objects, 'object')} drawn${left}` : '';
  return `${from}, of ${countOf(images, 'image')}, ${matched} of them here: ${listed(statesOf(annotations))}${drawn}.`;
}

function statesOf(labels: Pick<ImportReport['masks'], 'imported' | 'unchanged' | 'kept'>): [number, string][] {
  return [
    [labels.imported, labels.imported === 1 ? 'image got labels' : 'images got labels'],
    [labels.unchanged, 'as before'],
    [labels.kept, 'kept as you painted them'],
  ];
}

function describeMasks({ masks, reading }: ImportReport): string[] {
  return [
    `${countOf(masks.found, 'mask')}, ${masks.matched} with an image: ${listed(statesOf(masks))}.`,
    ...(reading === null ? [] : [`How they were read: ${reading.message}.`]),
  ];
}

function listed(parts: readonly (readonly [number, string])[]): string {
  const some = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return some.length > 0 ? some.join(', ') : 'none taken';
}
