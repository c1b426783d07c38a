import { DISTANCES, LITERALS } from './deflate-block';
import { LOGARITHMS } from './deflate-map';

/** What counted symbols cost at least, in bits: their entropy. */

const LOGARITHM_BITS: u32 = 8;
/** No symbol occurs in it. */
const NONE: usize = 0;

/** Called once after instantiation. */
export function initEntropy(): void {
  for (let index: usize = 0; index < 1 << LOGARITHM_BITS; index++) {
    store<f32>(LOGARITHMS + (index << 2), logarithm(<f32>1 + <f32>(<u32>index) / <f32>(1 << LOGARITHM_BITS)));
  }
}

/** Of 1 to 2, bit by bit: squaring doubles it. */
function logarithm(value: f32): f32 {
  let sum: f32 = 0;
  for (let bit: f32 = 0.5; bit > 1e-6; bit *= 0.5) {
    value *= value;
    if (value < 2) continue;
    value *= 0.5;
    sum += bit;
  }
  return sum;
}

/** Binary logarithm of 1 and more. */
// @ts-ignore: decorator
@inline
function binaryLogarithm(value: u32): f32 {
  const exponent = 31 - clz(value);
  const index = <usize>((value << (31 - exponent)) >> (31 - LOGARITHM_BITS)) & ((1 << LOGARITHM_BITS) - 1);
  return <f32>exponent + load<f32>(LOGARITHMS + (index << 2));
}

/** The cost of the literals, lengths and distances in `counts`. */
export function costOf(counts: usize): f32 {
  return entropy(counts, NONE, 0, LITERALS) + entropy(counts, NONE, LITERALS, LITERALS + DISTANCES);
}

/** The cost of what both have counted. */
export function costOfBoth(counts: usize, others: usize): f32 {
  return entropy(counts, others, 0, LITERALS) + entropy(counts, others, LITERALS, LITERALS + DISTANCES);
}

/** The cost of the first `symbols` symbols. */
export function entropyOf(counts: usize, symbols: u32): f32 {
  return entropy(counts, NONE, 0, symbols);
}

function entropy(counts: usize, others: usize, from: u32, to: u32): f32 {
  let total: u32 = 0;
  let sum: f32 = 0;
  for (let symbol = <usize>from << 2; symbol < <usize>to << 2; symbol += 4) {
    const count = load<u32>(counts + symbol) + (others == NONE ? 0 : load<u32>(others + symbol));
    if (count == 0) continue;
    total += count;
    sum -= <f32>count * binaryLogarithm(count);
  }
  return total == 0 ? 0 : sum + <f32>total * binaryLogarithm(total);
}
