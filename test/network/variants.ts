/**
 * Networks of every kind that the settings allow, small enough to train a step in a test. Not a test.
 * Convention: each is named by what is special about it.
 */
import { defaultConfig } from '../../engine/network/network-config.ts';
import type { NetworkConfig, Widths } from '../../engine/network/network-config.ts';

const narrow: Widths = [4, 8, 12, 16, 20, 24];
const small: NetworkConfig = { ...defaultConfig, widths: narrow };

export const variants: Readonly<Record<string, NetworkConfig>> = {
  'the default network': defaultConfig,
  'narrow, grey images': { ...small, inputChannels: 1 },
  'narrow, no bridge': { ...small, bridge: false },
  'narrow, attention by convolution': { ...small, attention: 'conv' },
  'narrow, three classes by softmax': { ...small, classes: 3 },
  'narrow, three sigmoids': { ...small, classes: 3, head: 'sigmoid' },
  'narrow, one sigmoid': { ...small, head: 'sigmoid' },
  'narrow, grey, no bridge, 17 classes': { ...small, inputChannels: 1, bridge: false, classes: 17 },
  'widths that fall and rise': { ...small, widths: [20, 4, 28, 8, 36, 12] },
  'widths with steps of several ranks': { ...small, widths: [4, 4, 68, 4, 132, 4] },
  'all widths the least there is': { ...small, widths: [4, 4, 4, 4, 4, 4], classes: 2 },
};
