import { openEmbedded } from '../../../../src/store/embedded/open';
import { searchContract } from '../../../contract/search.contract';

const silent = { warn: () => undefined, error: () => undefined };

searchContract('embedded', async () => {
  const store = await openEmbedded({ directory: 'memory:', identity: { domain: 'test' }, log: silent });
  return { store, close: () => store.close() };
});
