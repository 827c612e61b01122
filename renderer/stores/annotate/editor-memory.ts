/**
 * What of the editor is remembered over a restart: tool, brush, view. Convention: written as plain values; a value that
 * is missing or of another form is read as the default.
 */
import type { StoredValues } from '../../../engine/contract/preferences.ts';
import type { Editor, EditorState } from '../../canvas/editor.ts';
import { defaultDisplaySettings, defaultPaintSettings } from '../../canvas/settings.ts';
import { selectableNames } from '../../canvas/tools/registry.ts';
import { isRecord } from '../shell/is-record.ts';

/** @param image that is shown: the viewport is remembered for this image alone */
export function storedState({ state }: Editor, image: number): StoredValues {
  const { tool, settings, display, viewport } = state;
  const values = { tool, settings, display, viewport: viewport && { image, ...viewport } };
  // What is undefined is left out.
  return JSON.parse(JSON.stringify(values)) as StoredValues;
}

/** What was remembered, as far as it has the form of today. */
export function checkedState(remembered: unknown, image: number | undefined): Partial<EditorState> {
  if (!isRecord(remembered)) return {};
  const { tool, settings, display, viewport } = remembered;
  const state: { -readonly [Key in keyof EditorState]?: EditorState[Key] } = {
    settings: sameForm(defaultPaintSettings, settings),
    display: sameForm(defaultDisplaySettings, display),
  };
  const known = selectableNames.find((name) => name === tool);
  if (known !== undefined) state.tool = known;
  if (isRecord(viewport) && viewport['image'] === image) {
    const { scale, left, top } = viewport;
    const numbers = [scale, left, top].every((value) => typeof value === 'number' && Number.isFinite(value));
    if (numbers && (scale as number) > 0) {
      state.viewport = { scale: scale as number, left: left as number, top: top as number };
    }
  }
  return state;
}

function sameForm<Values extends object>(defaults: Values, remembered: unknown): Values {
  if (!isRecord(remembered)) return defaults;
  const fitting = Object.entries(defaults).map(([key, value]): [string, unknown] => {
    const stored = remembered[key];
    return [key, typeof stored === typeof value && value !== undefined ? stored : value];
  });
  return Object.fromEntries(fitting) as Values;
}
