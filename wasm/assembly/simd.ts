/** Entry of the build for hosts with 128-bit SIMD. */
export { cutChunks, initGear } from './gear-chunks';
export { digestShort } from './sha256-lanes';
export { inflate, initInflate } from './inflate';
export { beginDeflate, deflate, initDeflate } from './deflate';
