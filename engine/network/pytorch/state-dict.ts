/**
 * Finds the network's parameters in what was saved: bare or wrapped, with prefixes of wrapping modules, with a profiler's
 * counters. Not their values. Convention: what is missing, too much or of another shape is said by name.
 */
import { MambrushError } from '../../contract/error.ts';
import { inferConfig } from '../network-config.ts';
import { parameterShapes } from '../parameter-shapes.ts';
import { StridedTensor } from './pickle-values.ts';
import type { PickleValue } from './pickle-values.ts';
import { foreign, listed, quoted } from './pth-error.ts';

/** Every network of this family has it, and it comes first. */
const probe = 'encoder1.0.weight';

/** Where wrapped checkpoints keep the network, the reference's own first. */
const wrappings = ['model_state_dict', 'state_dict', 'model_state', 'model', 'network', 'net', 'module', 'weights'];

/** What profilers (thop) leave in every module. */
const counters = /(^|\.)total_(ops|params)$/;

/** @returns the parameters in the file's order @throws MambrushError 'checkpoint-foreign', 'checkpoint-incomplete' */
export function findParameters(root: PickleValue): ReadonlyMap<string, StridedTensor> {
  const found = findStateDict(root);
  const prefix = prefixIn(found) ?? '';
  const parameters = new Map<string, StridedTensor>();
  const extra: string[] = [];
  for (const [key, value] of found) {
    const name = typeof key === 'string' ? key : `a ${typeof key}`;
    const own = name.startsWith(prefix) ? name.slice(prefix.length) : name;
    if (counters.test(own)) continue;
    if (value instanceof StridedTensor) parameters.set(own, value);
    else extra.push(own);
  }
  requireSame(parameters, extra);
  return parameters;
}

function findStateDict(root: PickleValue): ReadonlyMap<PickleValue, PickleValue> {
  if (root instanceof StridedTensor || !(root instanceof Map)) return foreign('it holds no state dict of a network');
  if (prefixIn(root) !== undefined) return root;
  const candidates = [...root].filter(
    (entry): entry is [PickleValue, Map<PickleValue, PickleValue>] =>
      entry[1] instanceof Map && prefixIn(entry[1]) !== undefined,
  );
  for (const wrapping of wrappings) {
    const known = candidates.find(([key]) => key === wrapping);
    if (known !== undefined) return known[1];
  }
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return only[1];
  const names = (keys: Iterable<PickleValue>): string => listed([...keys].filter((key) => typeof key === 'string'));
  if (only !== undefined) {
    return foreign(`it holds several networks (${names(candidates.map(([key]) => key))}): save only one of them`);
  }
  const inside = root.size === 0 ? 'it is empty' : `it has no '${probe}'; it holds ${names(root.keys())}`;
  return foreign(`this checkpoint is not an UltraLight VM-UNet: ${inside}`);
}

/** What stands before every name, e.g. 'module.'; undefined where there is no network. */
function prefixIn(candidate: ReadonlyMap<PickleValue, PickleValue>): string | undefined {
  for (const [key, value] of candidate) {
    if (typeof key !== 'string' || !(value instanceof StridedTensor)) continue;
    if (key === probe || key.endsWith(`.${probe}`)) return key.slice(0, -probe.length);
  }
  return undefined;
}

function requireSame(parameters: ReadonlyMap<string, StridedTensor>, others: readonly string[]): void {
  const shapes = new Map([...parameters].map(([name, { shape }]) => [name, shape]));
  const config = inferConfig(shapes);
  const expected = new Map(parameterShapes(config));
  const missing = [...expected.keys()].filter((name) => !parameters.has(name));
  const extra = [...others, ...[...parameters.keys()].filter((name) => !expected.has(name))];
  const wrong = [...expected].flatMap(([name, shape]) => {
    const found = shapes.get(name);
    if (found === undefined || found.join() === shape.join()) return [];
    return [`${quoted(name)} is ${found.join('×')} instead of ${shape.join('×')}`];
  });
  const integers = [...parameters]
    .filter(([, { storage }]) => /^[iub]\d|^bool/.test(storage.type))
    .map(([name]) => name);
  const defects = [
    ...(missing.length > 0 ? [`it has no ${listed(missing)}`] : []),
    ...(extra.length > 0 ? [`it has ${listed(extra)}, which this network has not`] : []),
    ...wrong.slice(0, 3),
    ...(wrong.length > 3 ? [`${String(wrong.length - 3)} more are of another shape`] : []),
    ...(integers.length > 0 ? [`${listed(integers)} hold whole numbers`] : []),
  ];
  if (defects.length === 0) return;
  throw new MambrushError(
    missing.length > 0 ? 'checkpoint-incomplete' : 'checkpoint-foreign',
    `${defects.join('; ')}. Use another checkpoint.`,
  );
}
