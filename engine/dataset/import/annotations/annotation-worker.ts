/**
 * A worker thread that reads files of annotations and draws what is in them, since both may take seconds. Decides
 * nothing. Convention: the file that was asked about last is held in memory, and no other.
 */
import { parentPort } from 'node:worker_threads';
import { MambrushError } from '../../../contract/error.ts';
import type { AnnotationFile } from './annotation-file.ts';
import { AnnotationError } from './annotation-file.ts';
import type { AnnotationAnswer, AnnotationQuestion, AnnotationSource, DrawRequest } from './annotation-messages.ts';
import { isCoco, readCoco } from './coco-file.ts';
import { drawObjects } from './draw-objects.ts';
import type { Drawing, ObjectToDraw } from './draw-objects.ts';
import { isLabelme, readLabelme } from './labelme-file.ts';
import { readJson } from './read-json.ts';

let held: { readonly path: string; readonly file: AnnotationFile } | undefined;

async function open({ absolute, path }: AnnotationSource): Promise<AnnotationFile | undefined> {
  if (held?.path === absolute) return held.file;
  held = undefined;
  const content = await readJson(absolute, path);
  const file = isCoco(content) ? readCoco(content) : isLabelme(content) ? readLabelme(content) : undefined;
  if (file !== undefined) held = { path: absolute, file };
  return file;
}

async function answer({ source, kind, asks }: AnnotationQuestion): Promise<unknown> {
  const file = await open(source);
  if (kind === 'read') {
    if (file === undefined) return undefined;
    const { format, images, leftOut, emptyIsBackground } = file;
    return { format, images: images.length, leftOut, emptyIsBackground };
  }
  if (file === undefined) throw new AnnotationError('annotations-not-known', `${source.path} was changed meanwhile.`);
  switch (kind) {
    case 'list':
      return file.images
        .slice(asks.from, asks.to)
        .map(({ objects, ...image }) => ({ ...image, objects: objects.length }));
    case 'classes': {
      const used = new Set<string>();
      for (const image of asks.images) {
        for (const { label } of file.images[image]?.objects ?? []) if ('className' in label) used.add(label.className);
      }
      return file.classes.filter(({ name }) => used.has(name));
    }
    case 'draw':
      return draw(file, asks);
  }
}

async function draw(file: AnnotationFile, { image, width, height, values }: DrawRequest): Promise<Drawing> {
  const objects: ObjectToDraw[] = [];
  const leftOut = [];
  for (const { name, label, outline } of file.images[image]?.objects ?? []) {
    const value = 'value' in label ? label.value : values.get(label.className);
    if (value !== undefined) objects.push({ name, value, outline });
    else if ('className' in label) {
      const message = `${name} is of the class '${label.className}', for which the project has no room.`;
      leftOut.push({ code: 'annotation-class-too-many', message });
    }
  }
  const order = file.format === 'coco' ? 'larger first' : 'as listed';
  const drawing = await drawObjects(objects, { width, height }, order);
  return { ...drawing, leftOut: [...leftOut, ...drawing.leftOut] };
}

const port = parentPort;
if (port === null) throw new Error('annotation-worker.ts runs only as a worker thread');
let queue: Promise<void> = Promise.resolve();
port.on('message', (question: AnnotationQuestion) => {
  // One after the other, so that a single file is in memory.
  queue = queue.then(async () => {
    const { ticket } = question;
    const reply: AnnotationAnswer = await answer(question).then(
      (value) => ({ ticket, value }),
      (error: unknown) => {
        if (!(error instanceof MambrushError)) throw error;
        return { ticket, failure: { code: error.code, message: error.message } };
      },
    );
    const drawing = question.kind === 'draw' ? (reply.value as Drawing | undefined) : undefined;
    port.postMessage(reply, drawing === undefined ? [] : [drawing.labels.buffer]);
  });
});
