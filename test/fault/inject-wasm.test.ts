import { describeInjection } from '../support/inject.ts';

describeInjection(
  [
    { engine: 'wasm', mode: 'bare-user-only' },
    { engine: 'wasm', mode: 'archive' },
    { engine: 'wasm', mode: 'bare-user-only', onDisk: true },
  ],
  ['archive'],
);
