/**
 * Finds a graphics card through an injected `GPU` object (the browser's, or Dawn's in Node) and opens it. Plain WebGPU:
 * no package is imported here. Convention: a card that is simulated by the processor counts as none unless asked for.
 */
import { MambrushError } from '../../contract/error.ts';
import { offersSubgroups, sumsRightly } from './subgroups.ts';

export interface AdapterFacts {
  /** For people: maker, family and model, as far as it tells. */
  readonly name: string;
  /** Simulated by the processor: right, and slower than the cpu executor. */
  readonly isSoftware: boolean;
}

/** A device, and why it is gone once it is. */
export interface OpenDevice {
  readonly device: GPUDevice;
  /** Whether kernels may sum by subgroups. */
  readonly subgroups: boolean;
  readonly state: DeviceState;
}

export interface DeviceState {
  lost: string | undefined;
  /** The first error that nobody was waiting for. */
  error: GPUError | undefined;
}

const makers: Readonly<Record<string, string>> = {
  amd: 'AMD',
  apple: 'Apple',
  arm: 'Arm',
  google: 'Google',
  intel: 'Intel',
  microsoft: 'Microsoft',
  nvidia: 'NVIDIA',
  qualcomm: 'Qualcomm',
};
const softwareNames = /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i;

function describeAdapter({ info }: GPUAdapter): AdapterFacts {
  const { vendor, architecture, device, description } = info;
  const parts = [vendor, architecture, device, description].filter((part) => part !== '');
  // Pages are told the maker and the family alone, in small letters.
  const name = description !== '' ? description : parts.map((part) => makers[part] ?? part).join(' ');
  // What a browser says of itself, and what a driver's name says.
  const isSoftware = info.isFallbackAdapter || parts.some((part) => softwareNames.test(part));
  return { name: name === '' ? 'a graphics card without a name' : name, isSoftware };
}

/** @returns undefined where there is none */
export async function findAdapter(
  gpu: GPU,
  powerPreference: GPUPowerPreference = 'high-performance',
): Promise<{ readonly adapter: GPUAdapter; readonly facts: AdapterFacts } | undefined> {
  const adapter = await gpu.requestAdapter({ powerPreference });
  return adapter === null ? undefined : { adapter, facts: describeAdapter(adapter) };
}

/** Opens the card with its own limits for memory, all others at their defaults. @throws MambrushError 'gpu-missing' */
export async function openDevice(gpu: GPU, preference?: GPUPowerPreference): Promise<OpenDevice> {
  const found = await findAdapter(gpu, preference);
  if (found === undefined) {
    throw new MambrushError('gpu-missing', `There is no graphics card to compute on. Choose the executor 'cpu'.`);
  }
  const { limits, features } = found.adapter;
  const optional = ['timestamp-query' as const, ...(offersSubgroups(gpu, found.adapter) ? ['subgroups' as const] : [])];
  const device = await found.adapter.requestDevice({
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
    },
    requiredFeatures: optional.filter((feature) => features.has(feature)),
  });
  const state: DeviceState = { lost: undefined, error: undefined };
  void device.lost.then(({ reason, message }) => {
    state.lost = message === '' ? reason : message;
  });
  device.addEventListener('uncapturederror', (event) => {
    state.error ??= event.error;
  });
  const subgroups = device.features.has('subgroups') && (await sumsRightly(device));
  return { device, subgroups, state };
}
