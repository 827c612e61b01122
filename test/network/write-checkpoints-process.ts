/**
 * Writes one file again and again, filled with 1, 2, 3, …, until it is killed. Not a test.
 * Convention: prints a line after the first, so that a test knows when there is something to read.
 */
import { initialParameters } from '../../engine/network/initialise.ts';
import { writeCheckpoint } from '../../engine/network/checkpoint.ts';
import { defaultConfig } from '../../engine/network/network-config.ts';

const [path = ''] = process.argv.slice(2);
const parameters = initialParameters(defaultConfig, 'reference', 1);
for (let round = 1; ; round++) {
  writeCheckpoint(path, {
    config: defaultConfig,
    parameters: parameters.fill(round),
    moments: undefined,
    metadata: {},
  });
  if (round === 1) console.log('written');
}
