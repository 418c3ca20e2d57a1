import { openEmbedded } from '../../../../src/store/embedded/open';
import { upkeepContract } from '../../../contract/upkeep.contract';

const silent = { warn: () => undefined, error: () => undefined };

upkeepContract('embedded', () => openEmbedded({ directory: 'memory:', identity: { domain: 'test' }, log: silent }));
