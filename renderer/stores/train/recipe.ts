/**
 * How the next run is to be trained, as a person filled it in. Not the run. Convention: what is empty has its default;
 * all is remembered with the project.
 */
import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import type { ArgumentsOf } from '../../../engine/contract/requests.ts';
import type { SettingField } from '../../../engine/contract/setting-fields.ts';
import { allFields, askedOf, isShown, isWrong } from './recipe-fields.ts';
import type { RecipeValues } from './recipe-fields.ts';
import { useProject } from '../project/project.ts';

/** Beside the settings: what it starts from and what computes. */
const otherKeys = ['name', 'executor', 'threads', 'instructionSet', 'from', 'continue'] as const;
const keys: ReadonlySet<string> = new Set([...otherKeys, ...allFields.map(({ key }) => key)]);

export const useRecipe = defineStore('recipe', () => {
  const project = useProject();
  const values = shallowRef<RecipeValues>({});

  const wrong = computed((): readonly SettingField[] =>
    allFields.filter((field) => isShown(field, values.value) && isWrong(field, values.value[field.key] ?? '')),
  );
  const changed = computed(() => Object.keys(values.value).filter((key) => key !== 'name').length);

  watch(
    () => project.folder,
    (folder) => (values.value = folder === undefined ? {} : checked(project.recall('recipe'))),
    { immediate: true },
  );

  function set(key: string, value: string): void {
    const { [key]: _, ...others } = values.value;
    values.value = value.trim() === '' ? others : { ...others, [key]: value };
    project.remember({ recipe: { ...values.value } });
  }

  function clear(): void {
    values.value = {};
    project.remember({ recipe: {} });
  }

  /** @returns arguments of 'train.start', but for the project */
  function asked(): Omit<ArgumentsOf<'train.start'>, 'project'> {
    const { name, executor, threads, instructionSet, from } = values.value;
    const compute = {
      ...(executor !== undefined && { executor }),
      ...(threads !== undefined && { threads: Number(threads) }),
      ...(instructionSet !== undefined && { instructionSet }),
    };
    return {
      ...askedOf(values.value),
      ...(Object.keys(compute).length > 0 && { compute }),
      ...(from !== undefined && { from, continue: values.value['continue'] === 'yes' }),
      ...(name !== undefined && { name }),
    };
  }

  return { values, wrong, changed, set, clear, asked };
});

function checked(stored: unknown): RecipeValues {
  if (typeof stored !== 'object' || stored === null) return {};
  const entries = Object.entries(stored).filter(([key, value]) => keys.has(key) && typeof value === 'string');
  return Object.fromEntries(entries);
}
