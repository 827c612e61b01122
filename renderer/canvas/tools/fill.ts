/**
 * Fill: gives the region of one class that was clicked another class. Convention: the region is 4-connected in the
 * labels as they are; on release, so that Escape before it leaves no trace.
 */
import type { ToolContext } from '../tool-context.ts';
import { floodFill } from '../raster/flood-fill.ts';
import { isClass } from '../raster/row-test.ts';
import { noPreview, workingPreview } from './preview.ts';
import type { SelectableToolRecord, Tool } from './tool.ts';
import { paintOptions } from './tool-options.ts';

export const fillTool = {
  command: 'tool.fill',
  key: 'F',
  options: ['contiguous', ...paintOptions],
  create: createFill,
} as const satisfies SelectableToolRecord;

function createFill(context: ToolContext): Tool {
  let seed: { readonly x: number; readonly y: number } | undefined;

  return {
    busy: () => seed !== undefined,
    down({ x, y }) {
      seed = { x: Math.floor(x), y: Math.floor(y) };
    },
    move() {
      // Where the button was pressed counts.
    },
    up() {
      if (seed === undefined) return;
      const { x, y } = seed;
      seed = undefined;
      const { labels, settings } = context.editor;
      if (x < 0 || y < 0 || x >= labels.width || y >= labels.height) return;
      const old = labels.pixels[y * labels.width + x]!;
      if (old === settings.value) return;
      context.select(
        settings.value,
        (emit) => floodFill(labels, x, y, isClass(labels, old), emit),
        () => context.finish('fill'),
      );
    },
    cancel() {
      seed = undefined;
    },
    preview: () => (context.working ? workingPreview : noPreview),
  };
}
