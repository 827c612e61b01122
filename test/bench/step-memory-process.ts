/** Prints the most memory that training steps of a batch of 8 at 256×256 take, in MB, for `npm run bench`. */
import { cpuExecutor } from '../../engine/executors/cpu/cpu-executor.ts';
import { initialParameters } from '../../engine/network/initialise.ts';
import { trainingProgram } from '../../engine/network/mamba-unet.ts';
import { defaultConfig } from '../../engine/network/network-config.ts';
import { exampleStepInputs } from './bench-steps.ts';

const session = await cpuExecutor.open(trainingProgram(defaultConfig, { width: 256, height: 256, batch: 8 }));
await session.write('parameters', initialParameters(defaultConfig, 'reference', 42));
for (let step = 1; step <= 5; step++) {
  await session.run({ phase: 'step', count: 8, inputs: exampleStepInputs(), scalars: { learningRate: 1e-3, step } });
}
await session.close();
// maxRSS is in kilobytes.
process.stdout.write(String(Math.round(process.resourceUsage().maxRSS / 1024)));
