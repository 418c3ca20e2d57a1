import { chains } from './chains';
import { composites } from './composites';
import { concepts } from './concepts';
import { contained } from './contained';
import { dates } from './dates';
import { filters } from './filters';
import { fullTexts } from './full-texts';
import { hierarchies } from './hierarchies';
import { lists } from './lists';
import { numbers } from './numbers';
import { places } from './places';
import { quantities } from './quantities';
import { references } from './references';
import { strings } from './strings';
import type { Table } from './table';
import { tokens } from './tokens';
import { uris } from './uris';

export const tables: readonly Table[] = [tokens, strings, numbers, dates, quantities, references, uris, composites, places, concepts, hierarchies, chains, filters, lists, fullTexts, contained];
