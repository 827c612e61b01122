/** Which images are to be exported, while the dialog for it is open. Not the export. */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';

export const useExporting = defineStore('exporting', () => {
  /** Without images: all of them. */
  const asked = shallowRef<{ readonly images: readonly number[] | undefined }>();

  function open(imageIds?: readonly number[]): void {
    asked.value = { images: imageIds };
  }

  function close(): void {
    asked.value = undefined;
  }

  return { asked, open, close };
});
