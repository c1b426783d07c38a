/** Milliseconds since the process began; never set back. `performance` takes a millisecond to load, which most verbs can do without. */
export function clockMilliseconds(): number {
  return process.uptime() * 1000;
}
