/** `2017-11-21T01:41:10-08`: the time of the machine's zone and its distance from UTC, minutes only where there are any. */
export function localTime(seconds: number): string {
  const time = new Date(seconds * 1000);
  const minutesEast = -time.getTimezoneOffset();
  const shifted = new Date((seconds + minutesEast * 60) * 1000);
  return `${shifted.toISOString().replace(/^[+-]0*(?=\d{4}-)/, '').slice(0, 19)}${zone(minutesEast)}`;
}

function zone(minutesEast: number): string {
  const minutes = Math.abs(minutesEast);
  const hours = twoDigits(Math.floor(minutes / 60));
  return `${minutesEast < 0 ? '-' : '+'}${hours}${minutes % 60 === 0 ? '' : `:${twoDigits(minutes % 60)}`}`;
}

function twoDigits(count: number): string {
  return count.toString().padStart(2, '0');
}
