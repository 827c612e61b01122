/**
 * An engine in a process of its own that trains until it is killed, or only holds a project open, or
 * rejects every proposal first. Not a test. Arguments: train, hold or reject, the folder. Prints a line per epoch, or 'open'.
 */
import { connectInProcess } from '../../engine/host/in-process.ts';
import { longRun, smallRun } from './training-project.ts';

const [what, folder = ''] = process.argv.slice(2);
const client = connectInProcess();
const { project } = await client.request('project.open', { folder });
if (what === 'train') {
  client.listen((event) => {
    if (event.kind === 'train.epoch') process.stdout.write(`${event.epoch.epoch}\n`);
  });
  const { run } = await client.request('train.start', smallRun(project, longRun));
  await client.request('train.wait', { project, run: run.id });
  process.stdout.write('the end\n');
} else {
  if (what === 'reject') {
    const { proposals } = await client.request('proposals.list', { project });
    await client.request('proposals.reject', { project, images: proposals.map(({ image }) => image) });
  }
  process.stdout.write('open\n');
  process.stdin.resume();
}
