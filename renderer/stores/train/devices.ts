/** What can compute on this machine: asked once, when somebody wants to see it. Its self-check takes a second or two. */
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import type { DoctorReport } from '../../../engine/contract/checking.ts';
import { engine } from '../../engine.ts';

export const useDevices = defineStore('devices', () => {
  const report = shallowRef<DoctorReport>();
  const trouble = shallowRef<unknown>();
  const asking = ref(false);

  async function ask(): Promise<void> {
    if (asking.value || report.value !== undefined) return;
    asking.value = true;
    trouble.value = undefined;
    try {
      report.value = await engine.request('doctor', {});
    } catch (error) {
      trouble.value = error;
    }
    asking.value = false;
  }

  return { report, trouble, asking, ask };
});
