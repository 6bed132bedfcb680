import { badInput } from '../base/errors.ts';
import { isStorableText } from '../base/json.ts';
import type { PatchInput, PushInput } from './dataset.ts';

/** Limits of single values (spec/cognito-sync.md 1.5); those of whole datasets are held by `push_dataset`. */
const NAME = /^[a-zA-Z0-9_.:-]{1,128}$/;
const MAX_KEY = 1024;
const MAX_VALUE = 1_048_575;
const MAX_DEVICE_ID = 256;
/** One push changes at most what a dataset may hold. */
const MAX_PATCHES = 4096;

export function checkName(name: string, argument: string): void {
  if (NAME.test(name)) return;
  throw badInput(argument, `${argument} must be 1 to 128 letters, digits, or _ . : -`);
}

export function checkDeviceId(deviceId: string | null | undefined, argument: string): void {
  if (
    deviceId == null ||
    (deviceId.length >= 1 && deviceId.length <= MAX_DEVICE_ID && isStorableText(deviceId))
  )
    return;
  throw badInput(argument, `${argument} must have 1 to ${MAX_DEVICE_ID} characters, without U+0000`);
}

export function checkSince(since: number): void {
  if (Number.isSafeInteger(since) && since >= 0) return;
  throw badInput('since', 'since must be a sync count: a whole number, 0 or more');
}

/** A page size: what is asked for, at most `max`. */
export function pageSize(limit: number | undefined, max: number): number {
  if (limit === undefined) return max;
  if (limit < 1) throw badInput('limit', 'limit must be 1 or more');
  return Math.min(limit, max);
}

export function checkPush(input: PushInput): void {
  checkName(input.name, 'input.name');
  checkDeviceId(input.deviceId, 'input.deviceId');
  if (input.patches.length > MAX_PATCHES) {
    throw badInput('input.patches', `one push has at most ${MAX_PATCHES} patches`);
  }
  const keys = new Set<string>();
  for (const [index, patch] of input.patches.entries()) {
    checkPatch(patch, `input.patches.${index}`);
    if (keys.has(patch.key))
      throw badInput(`input.patches.${index}.key`, `the key ${patch.key} stands twice in this push`);
    keys.add(patch.key);
  }
}

function checkPatch({ op, key, value, syncCount, deviceLastModifiedAt }: PatchInput, path: string): void {
  if (key.length < 1 || key.length > MAX_KEY || !isStorableText(key)) {
    throw badInput(`${path}.key`, `a key has 1 to ${MAX_KEY} characters, without U+0000 and lone surrogates`);
  }
  if (!Number.isSafeInteger(syncCount) || syncCount < 0) {
    throw badInput(`${path}.syncCount`, 'the sync count that the device last saw, 0 for none');
  }
  if (op === 'REPLACE') {
    if (value == null)
      throw badInput(`${path}.value`, 'REPLACE needs a value; to take a record away send REMOVE');
    if (value.length > MAX_VALUE)
      throw badInput(`${path}.value`, `a value has at most ${MAX_VALUE} characters`);
    if (!isStorableText(value))
      throw badInput(`${path}.value`, 'a value must not have U+0000 or lone surrogates');
  }
  if (deviceLastModifiedAt != null && Number.isNaN(Date.parse(deviceLastModifiedAt))) {
    throw badInput(`${path}.deviceLastModifiedAt`, 'an ISO 8601 time, such as 2026-01-31T12:00:00.000Z');
  }
}
