import { readFileSync, readlinkSync } from 'node:fs';
import { errnoOf } from '../base/errors.ts';
import { randomHex } from '../base/random-hex.ts';

/**
 * Who made something in `tmp/`, as a part of its name: `<boot id>-<pid namespace>-<pid>-<start ticks>-<random>`.
 * The start time tells a process from a later one with the same number; the random part tells apart what one process
 * makes.
 */
const IDENTITY = /^([0-9a-f-]{36})-(\d+)-(\d+)-(\d+)-[0-9a-f]+$/;

/** Stands for a boot id that the kernel does not tell. */
const NO_BOOT_ID = '00000000-0000-0000-0000-000000000000';
const START_TICKS_FIELD = 19; // of /proc/<pid>/stat behind the command name; field 22 of proc(5)

/** A name part for something that this process makes now. */
export function newIdentity(): string {
  const startTicks = readProcess(process.pid)?.startTicks ?? '0';
  return [bootId(), pidNamespace(), process.pid, startTicks, randomHex()].join('-');
}

/**
 * Whether the process of an identity still runs: `alive`, `gone`, or `unknown` for one of another pid namespace (a
 * container), which cannot be seen from here, and for text that is no identity.
 */
export function processState(identity: string): 'alive' | 'gone' | 'unknown' {
  const [, boot, namespace, pid, startTicks] = IDENTITY.exec(identity) ?? [];
  if (boot === undefined) return 'unknown';
  if (boot !== bootId()) return 'gone';
  if (namespace !== pidNamespace()) return 'unknown';
  const found = readProcess(Number(pid));
  if (found === undefined) return exists(Number(pid)) ? 'alive' : 'gone';
  return found.startTicks === startTicks && !found.isZombie ? 'alive' : 'gone';
}

function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id')?.trim() ?? NO_BOOT_ID;
}

/** The number in `pid:[4026531836]`; 0 where there are no namespaces. */
function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return '0';
  }
}

function readProcess(pid: number): { readonly startTicks: string; readonly isZombie: boolean } | undefined {
  const text = readText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { startTicks: fields[START_TICKS_FIELD] ?? '0', isZombie: fields[0] === 'Z' || fields[0] === 'X' };
}

/** For a process that `/proc` hides from us. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) !== 'ESRCH';
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
