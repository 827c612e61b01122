/**
 * What the product is and what to type next, until there is a window to open. Convention: short enough to be read.
 */
import { command } from '../help.ts';
import type { Verb } from '../verb.ts';

export const start: Verb = {
  name: 'start',
  summary: 'what this is, and what to type next',
  usage: [''],
  operands: { min: 0, max: 0, name: '' },
  options: {},
  examples: [],
  run: () => {
    const text = [
      'Mambrush: paint masks on some of your images, let a small Mamba-UNet learn from them on this machine, and get',
      'masks for the rest. Nothing is uploaded. The window to paint in is not there yet; the command line is.',
      '',
      'See the whole way on 24 sample images, in about two minutes:',
      '',
      '  npm run demo',
      '',
      'With your own images, and masks beside them (masks/NAME.png, or NAME_mask.png):',
      '',
      `  ${command} import FOLDER      take images and masks into a project`,
      `  ${command} train FOLDER       split and train`,
      `  ${command} evaluate FOLDER    how good it is on images it has not seen`,
      `  ${command} predict FOLDER     masks for the images that have none`,
      '',
      `  ${command} help               every verb`,
      `  ${command} doctor             what this machine offers`,
    ].join('\n');
    return Promise.resolve({ json: { text }, text });
  },
};
