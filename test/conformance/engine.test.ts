import { CANDIDATES } from './engines.ts';
import { engineSuite } from './engine.suite.ts';

for (const { name, load } of CANDIDATES) engineSuite(name, load);
