import { describe, expect, it, onTestFinished } from 'vitest';
import { isMaskFolderName } from '../../../engine/dataset/masks/mask-names.ts';
import { matchMasks, sortFiles } from '../../../engine/dataset/masks/match-masks.ts';

/** 'image ← mask' for every pair that is found in a folder. */
async function pairs(paths: readonly string[], masksFolder?: string): Promise<string[]> {
  const { images, masks } = await sortFiles(paths, masksFolder);
  return (
    await matchMasks(images, masks, masksFolder === undefined ? undefined : { path: masksFolder, isOutside: false })
  ).matches.map(({ image, mask }) => `${image} ← ${mask}`);
}

describe('masks in folders of their own', async () => {
  it.each([
    ['images/a.jpg', 'masks/a.png'],
    ['a.jpg', 'masks/a.png'],
    ['a.jpg', 'Mask/a.PNG'],
    ['photos/a.jpg', 'labels/a.png'],
    ['x/images/a.jpg', 'x/annotations/a.png'],
    ['images/a.jpg', 'gt/a.png'],
    ['images/a.jpg', 'groundtruth/a_mask.png'],
    ['images/train/a.jpg', 'masks/train/a.png'],
    ['train/images/a.jpg', 'train/masks/a.png'],
    ['images_train/a.jpg', 'masks_train/a.png'],
    ['ISIC2018_Task1-2_Training_Input/ISIC_1.jpg', 'ISIC2018_Task1_Training_GroundTruth/ISIC_1_segmentation.png'],
    ['IMD002/IMD002_Dermoscopic_Image/IMD002.bmp', 'IMD002/IMD002_lesion/IMD002_lesion.bmp'],
    ['JPEGImages/2007_000032.jpg', 'SegmentationClass/2007_000032.png'],
    ['images/a.jpg', 'masks/deeper/a.png'],
    ['images/a.jpg', 'masks/a.jpg.png'],
    ['images/image_7.jpg', 'masks/mask_7.png'],
    ['images/7_image.png', 'masks/7_mask.png'],
    ['图像/病变 一.jpg', 'masks/病变 一.png'],
  ])('%s ← %s', async (image, mask) => {
    expect(await pairs([image, mask])).toEqual([`${image} ← ${mask}`]);
  });

  it('belong to the image of their own branch only', async () => {
    const files = ['train/images/1.png', 'train/masks/1.png', 'val/images/1.png', 'val/masks/1.png'];
    expect(await pairs(files)).toEqual([
      'train/images/1.png ← train/masks/1.png',
      'val/images/1.png ← val/masks/1.png',
    ]);
    expect(await pairs(['images_train/1.png', 'masks_train/1.png', 'images_val/1.png', 'masks_val/1.png'])).toEqual([
      'images_train/1.png ← masks_train/1.png',
      'images_val/1.png ← masks_val/1.png',
    ]);
    expect(await pairs(['images/val/1.png', 'masks/train/1.png'])).toEqual([]);
    expect(await pairs(['val/images/1.png', 'train/masks/1.png'])).toEqual([]);
  });

  it('are never images, matched or not', async () => {
    const { images, masks } = await sortFiles(['a.png', 'masks/b.png', 'gt_2/c.png']);
    expect(images).toEqual(['a.png']);
    expect((await matchMasks(images, masks)).unmatched).toEqual(['gt_2/c.png', 'masks/b.png']);
  });

  it.each(['masks', 'Masks', 'mask 2', 'train_masks', 'GroundTruth', 'Ground Truth', 'my-labels', 'IMD1_lesion'])(
    '%s is such a folder',
    (name) => expect(isMaskFolderName(name)).toBe(true),
  );
  it.each(['images', 'lesions', 'lesion', 'photos', 'maskara', 'unmasked', '2024', 'training', '图像'])(
    '%s is none',
    (name) => expect(isMaskFolderName(name)).toBe(false),
  );
});

describe('masks beside their images', () => {
  it.each([
    '_mask',
    '_Mask',
    '-mask',
    ' mask',
    '.mask',
    '_segmentation',
    '_Segmentation',
    '_lesion',
    '_label',
    '_gt',
    '_mask_1',
  ])('are told by %s', async (suffix) => {
    expect(await pairs(['a.jpg', `a${suffix}.png`])).toEqual([`a.jpg ← a${suffix}.png`]);
  });

  it('are told by a prefix', async () => {
    expect(await pairs(['mask_001.png', 'image_001.png', 'mask_002.png', 'image_002.png'])).toEqual([
      'image_001.png ← mask_001.png',
      'image_002.png ← mask_002.png',
    ]);
  });

  it('whose image is missing are reported, and are no images', async () => {
    const { images, masks } = await sortFiles(['a.jpg', 'a_mask.png', 'b_mask.png']);
    expect(images).toEqual(['a.jpg']);
    expect((await matchMasks(images, masks)).unmatched).toEqual(['b_mask.png']);
  });

  it('are not seen in pictures that are only called so', async () => {
    const sorted = await sortFiles(['skin lesion.jpg', 'face mask.jpg', 'c.jpg', 'c_gt.png']);
    expect(sorted.images).toEqual(['c.jpg', 'face mask.jpg', 'skin lesion.jpg']);
    expect(sorted.namedLikeMasks).toEqual(['skin lesion.jpg', 'face mask.jpg']);
    expect(sorted.masks).toEqual(['c_gt.png']);
  });
});

describe('names', () => {
  it('may differ in upper and lower case, but the same case comes first', async () => {
    expect(await pairs(['images/A.JPG', 'masks/a.png'])).toEqual(['images/A.JPG ← masks/a.png']);
    expect(await pairs(['images/A.jpg', 'images/a.jpg', 'masks/a.png', 'masks/A.png'])).toEqual([
      'images/A.jpg ← masks/A.png',
      'images/a.jpg ← masks/a.png',
    ]);
  });

  it('may be spelled in either of the two normal forms of Unicode', async () => {
    const image = 'images/hématie.jpg'.normalize('NFD');
    const mask = 'masks/hématie.png'.normalize('NFC');
    expect(await pairs([image, mask])).toEqual([`${image} ← ${mask}`]);
  });

  it('with dots inside stay whole', async () => {
    expect(await pairs(['images/a.b.c.jpg', 'masks/a.b.c.png', 'images/a.b.jpg'])).toEqual([
      'images/a.b.c.jpg ← masks/a.b.c.png',
    ]);
  });
});

describe('what is not clear is left alone', () => {
  it('a mask for two images of one stem, unless it has the very name of one', async () => {
    const files = ['images/a.jpg', 'images/a.png'];
    const unclear = await matchMasks(files, ['masks/a.tif']);
    expect(unclear.matches).toEqual([]);
    expect(unclear.ambiguous).toMatchObject([{ masks: ['masks/a.tif'], images: files }]);
    expect((await matchMasks(files, ['masks/a.png'])).matches).toEqual([
      { image: 'images/a.png', mask: 'masks/a.png' },
    ]);
    expect(await pairs(['a.jpg', 'a.png', 'masks/a.jpg.png'])).toEqual(['a.jpg ← masks/a.jpg.png']);
  });

  it('two masks for one image', async () => {
    const result = await matchMasks(['a.jpg'], ['labels/a.png', 'masks/a.png']);
    expect(result.matches).toEqual([]);
    expect(result.ambiguous).toMatchObject([{ masks: ['labels/a.png', 'masks/a.png'], images: ['a.jpg'] }]);
  });
});

describe('a folder that is named', () => {
  it('holds masks only, whatever it is called', async () => {
    const files = ['pictures/a.jpg', 'work/second try/a.png', 'masks/a.png'];
    const { images, masks } = await sortFiles(files, 'work/second try');
    expect(images).toEqual(['pictures/a.jpg']);
    expect(
      (
        await matchMasks(
          images,
          masks.filter((mask) => mask.startsWith('work')),
          { path: 'work/second try', isOutside: false },
        )
      ).matches,
    ).toMatchObject([{ image: 'pictures/a.jpg', mask: 'work/second try/a.png' }]);
  });

  it('may mirror the folders of the images', async () => {
    const files = ['p/train/1.png', 'p/val/1.png', 'q/train/1.png', 'q/val/1.png'];
    expect(await pairs(files, 'q')).toEqual(['p/train/1.png ← q/train/1.png', 'p/val/1.png ← q/val/1.png']);
  });
});

describe('thousands of folders with files of the same names', () => {
  const folders = Array.from({ length: 3000 }, (_, i) => i);
  const images = folders.map((i) => `data/p${i}/img.png`);

  it('are matched each on its own way, above and below', async () => {
    const masks = folders.flatMap((i) => [`data/p${i}/deep/er/img_mask.png`, `elsewhere/q${i}/img_mask.png`]);
    const { matches, unmatched } = await matchMasks(images, masks);
    expect(matches.slice(0, 2)).toEqual([
      { image: 'data/p0/img.png', mask: 'data/p0/deep/er/img_mask.png' },
      { image: 'data/p1/img.png', mask: 'data/p1/deep/er/img_mask.png' },
    ]);
    expect(matches).toHaveLength(3000);
    expect(unmatched).toEqual(masks.filter((mask) => mask.startsWith('elsewhere')));
    const upwards = await matchMasks(['data/p7/deep/er/img.png', 'data/p8/deep/er/img.png'], ['data/p8/img_mask.png']);
    expect(upwards.matches).toMatchObject([{ image: 'data/p8/deep/er/img.png' }]);
  });

  it('leave other work its turn, also when no mask has an image', async () => {
    const masks = folders.map((i) => `data/q${i}/img_mask.png`);
    let turns = 0;
    const others = setInterval(() => turns++, 0);
    onTestFinished(() => clearInterval(others));
    const sorted = await sortFiles([...images, ...masks]);
    const afterSorting = turns;
    const { unmatched } = await matchMasks(images, masks);
    expect(sorted.namedLikeMasks).toHaveLength(3000);
    expect(unmatched).toHaveLength(3000);
    expect(afterSorting).toBeGreaterThan(0);
    expect(turns).toBeGreaterThan(afterSorting);
  });

  it('name only a few of the images that a mask could belong to', async () => {
    const { ambiguous } = await matchMasks(images, ['img_mask.png']);
    expect(ambiguous[0]?.images).toHaveLength(3000);
    expect(ambiguous[0]?.message).toBe(
      'img_mask.png could belong to data/p0/img.png or data/p1/img.png or data/p2/img.png or data/p3/img.png …. ' +
        'Rename it like the one it belongs to, ending included.',
    );
  });
});
