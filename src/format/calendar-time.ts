/** The years that GLib's calendar has: 1 to 9999. */
const FIRST_SECOND = -62_135_596_800n;
const LAST_SECOND = 253_402_300_799n;

/** The seconds since 1970 that an unsigned timestamp stands for, wrapped below zero; undefined where no calendar has them. */
export function calendarSeconds(timestamp: bigint): number | undefined {
  const seconds = BigInt.asIntN(64, timestamp);
  return seconds < FIRST_SECOND || seconds > LAST_SECOND ? undefined : Number(seconds);
}
