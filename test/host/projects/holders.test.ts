import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectEngine } from '../../../engine/contract/connection.ts';
import type { EngineConnection } from '../../../engine/contract/connection.ts';
import { createEngine } from '../../../engine/host/engine.ts';
import { connectInProcess } from '../../../engine/host/in-process.ts';
import { Sessions } from '../../../engine/host/serving/sessions.ts';
import { makeDiscFolder, temporaryFolder } from '../../fixtures/disc-pictures.ts';
import { divide, longRun, nextEvent, smallRun } from '../training-project.ts';

interface Window {
  readonly connection: EngineConnection;
  /** Out of reach from now on, until `back`. */
  readonly cut: () => void;
  readonly back: () => void;
}

/** An engine with windows, as a server or the shell has them, but for the wire. */
function start(patience?: number): { open: () => Window } {
  const engine = createEngine();
  onTestFinished(() => engine.close());
  const sessions = new Sessions(engine, patience);
  const open = (): Window => {
    let isCut = false;
    let end = (): void => undefined;
    const connection = connectEngine(({ onOpen, onMessage, onClose }) => {
      if (isCut) {
        setTimeout(onClose);
        return { send: () => undefined, close: () => undefined };
      }
      const attachment = sessions.attach((message) => setTimeout(() => onMessage(structuredClone(message))));
      setTimeout(onOpen);
      end = () => {
        attachment.detach();
        onClose();
      };
      return { send: (message) => attachment.receive(structuredClone(message)), close: () => attachment.detach() };
    });
    onTestFinished(() => connection.close());
    const cut = (): void => {
      isCut = true;
      end();
    };
    return { connection, cut, back: () => void (isCut = false) };
  };
  return { open };
}

/** Whether the next process gets in, as another engine here. */
async function isFree(folder: string): Promise<boolean> {
  const other = connectInProcess();
  const opened = await other.request('project.open', { folder }).catch((error: unknown) => error);
  await other.close();
  if (opened instanceof Error) expect(opened).toMatchObject({ code: 'project-locked' });
  return !(opened instanceof Error);
}

const notOpen = { code: 'project-not-open' };

describe('a project that two windows have open', () => {
  it('stays open for one when the other closes it, and is closed by the last', async () => {
    const { open } = start();
    const folder = await makeDiscFolder(temporaryFolder(), 3, 1);
    const [first, second] = [open().connection, open().connection];
    const { project } = await first.request('dataset.import', { folder });
    await second.request('project.open', { folder });
    await first.request('project.close', { project });
    expect((await second.request('images.list', { project })).images).toHaveLength(3);
    // Who has let go of it already closes it for nobody.
    await first.request('project.close', { project });
    expect(await isFree(project)).toBe(false);
    await second.request('project.close', { project });
    await expect(second.request('images.list', { project })).rejects.toMatchObject(notOpen);
    expect(await isFree(project)).toBe(true);
  });

  it('goes on with what the other asked for, and ends what the leaving one did', async () => {
    const { open } = start();
    const folder = await makeDiscFolder(temporaryFolder(), 10);
    const [first, second] = [open().connection, open().connection];
    const project = await divide(first, folder);
    await second.request('project.open', { folder });
    const running = nextEvent(first, 'train.progress');
    await second.request('train.start', smallRun(project, 3));
    await running;
    const waited = second.request('train.wait', { project });
    await makeDiscFolder(join(folder, 'more'), 300, 0);
    const begun = Promise.withResolvers<undefined>();
    const importing = first.request('dataset.import', { folder }, { onProgress: () => begun.resolve(undefined) });
    const stopped = expect(importing).rejects.toMatchObject({ code: 'aborted' });
    await begun.promise;
    await first.request('project.close', { project });
    await stopped;
    expect((await waited).run.status).toBe('done');
  });

  it('is closed by one alone while the other is out of reach, and open again for whoever comes back and asks', async () => {
    const { open } = start();
    const folder = await makeDiscFolder(temporaryFolder(), 2, 0);
    const [away, here] = [open(), open()];
    const { project } = await away.connection.request('dataset.import', { folder });
    await here.connection.request('project.open', { folder });
    away.cut();
    await here.connection.request('project.close', { project });
    expect(await isFree(project)).toBe(true);
    away.back();
    await expect(away.connection.request('images.list', { project })).rejects.toMatchObject(notOpen);
    await away.connection.request('project.open', { folder });
    expect((await away.connection.request('images.list', { project })).images).toHaveLength(2);
  });

  it('is not closed by an import of the other that failed, or only looked', async () => {
    const { open } = start();
    const folder = await makeDiscFolder(temporaryFolder(), 3, 1);
    const [first, second] = [open().connection, open().connection];
    const { project } = await first.request('dataset.import', { folder });
    await first.request('project.close', { project });
    const looking = second.request('dataset.import', { folder, dryRun: true });
    await first.request('project.open', { folder });
    await looking;
    await expect(second.request('dataset.import', { folder, masks: '/no/such' })).rejects.toThrow();
    expect((await first.request('images.list', { project })).images).toHaveLength(3);
    await first.request('project.close', { project });
    await second.request('dataset.import', { folder, dryRun: true });
    await expect.poll(() => isFree(project)).toBe(true);
  });
});

describe('a window that is gone for good', () => {
  it('lets go of its project after a while, and not before', async () => {
    const { open } = start(300);
    const folder = await makeDiscFolder(temporaryFolder(), 2, 0);
    const window = open();
    const { project } = await window.connection.request('dataset.import', { folder });
    window.cut();
    expect(await isFree(project)).toBe(false);
    await expect.poll(() => isFree(project), { timeout: 5000 }).toBe(true);
  });

  it('takes nothing from the one that is still there', async () => {
    const { open } = start(50);
    const [folder, alone] = [
      await makeDiscFolder(temporaryFolder(), 2, 0),
      await makeDiscFolder(temporaryFolder(), 2, 0),
    ];
    const [gone, here] = [open(), open()];
    const { project } = await gone.connection.request('dataset.import', { folder });
    await gone.connection.request('dataset.import', { folder: alone });
    await here.connection.request('project.open', { folder });
    gone.cut();
    // By then whatever the one that is gone had is let go.
    await expect.poll(() => isFree(alone)).toBe(true);
    expect((await here.connection.request('images.list', { project })).images).toHaveLength(2);
  });
});

describe('a project that nobody has open while a run trains in it', () => {
  it('is closed when the run has ended, with the run done', async () => {
    const { open } = start();
    const folder = await makeDiscFolder(temporaryFolder(), 10);
    const { connection } = open();
    const project = await divide(connection, folder);
    await connection.request('train.start', smallRun(project, 2));
    await connection.request('project.close', { project, trainingGoesOn: true });
    expect((await connection.request('train.runs', { project })).runs).toMatchObject([{ status: 'running' }]);
    await expect.poll(() => isFree(project), { timeout: 15_000 }).toBe(true);
    await connection.request('project.open', { folder });
    expect((await connection.request('train.runs', { project })).runs).toMatchObject([{ status: 'done' }]);
  });

  it('is closed at once, and the run stopped, by whoever does not say that it goes on', async () => {
    const { open } = start();
    const folder = await makeDiscFolder(temporaryFolder(), 10);
    const { connection } = open();
    const project = await divide(connection, folder);
    await connection.request('train.start', smallRun(project, longRun));
    await connection.request('project.close', { project });
    expect(await isFree(project)).toBe(true);
    await connection.request('project.open', { folder });
    expect((await connection.request('train.runs', { project })).runs).toMatchObject([{ status: 'interrupted' }]);
  });
});
