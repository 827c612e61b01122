import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verifyGolden } from '../../engine/network/verify/verify-golden.ts';
import { gpu, gpuName, webgpuExecutor } from '../executors/webgpu-adapter.ts';
import { sharedFolder } from '../fixtures/shared.ts';

const folder = join(sharedFolder, 'golden');
const files = existsSync(folder)
  ? readdirSync(folder).filter((name) => name === 'ops.safetensors' || /^net-64.*\.safetensors$/.test(name))
  : [];

describe.skipIf(files.length === 0 || gpu === undefined)(`what the reference code computes, on ${gpuName}`, () => {
  it.each(files)('is in %s what the webgpu executor computes', async (file) => {
    const { checks, passed } = await verifyGolden(join(folder, file), webgpuExecutor, { poison: true });
    expect(checks.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([]);
    expect(passed).toBe(true);
    expect(checks.length).toBeGreaterThanOrEqual(100);
  });
});
