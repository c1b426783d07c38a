import { describeInjection } from '../support/inject.ts';

describeInjection(
  [
    { engine: 'native', mode: 'bare-user-only' },
    { engine: 'native', mode: 'archive' },
    { engine: 'native', mode: 'bare' },
    { engine: 'native', mode: 'bare-user' },
  ],
  ['bare-user-only'],
);
