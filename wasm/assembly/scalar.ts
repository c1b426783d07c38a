/** Entry of the build for hosts without SIMD. */
export { cutChunks, initGear } from './gear-chunks';
export { inflate, initInflate } from './inflate';
export { beginDeflate, deflate, initDeflate } from './deflate';
