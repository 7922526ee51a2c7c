import { testedBackends } from '../backends.ts';
import { testModel } from './test-model.ts';

const INDEXEDDB = 'IndexedDB (available)';

testModel('memory', testedBackends.memory, { numRuns: 50, contexts: 2 });
testModel(INDEXEDDB, testedBackends[INDEXEDDB], { numRuns: 25, contexts: 1 });
testModel(INDEXEDDB, testedBackends[INDEXEDDB], {
  numRuns: 12,
  contexts: 2,
  isDecorated: true,
});
testModel('broadcast', testedBackends.broadcast, { numRuns: 12, contexts: 3 });
