import { openEmbedded } from '../../../src/store/embedded/open';
import { indexContract } from '../../contract/index.contract';

const silent = { warn: () => undefined, error: () => undefined };

indexContract('embedded', async () => {
  const store = await openEmbedded({ directory: 'memory:', identity: { domain: 'test' }, log: silent });
  return { store, close: () => store.close() };
});
