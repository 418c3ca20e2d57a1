/** The generated search definitions of R4 (`scripts/definitions/search-parameters.mjs`) with those of the national guides: read once, on first use. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { nationalElements, nationalParameters } from './national-parameters.js';

export type SearchType = 'token' | 'reference' | 'string' | 'date' | 'number' | 'quantity' | 'uri' | 'composite' | 'special';

/** A SearchParameter as published, without its prose. */
export interface PublishedParameter {
  readonly code: string;
  readonly url: string;
  readonly base: readonly string[];
  readonly type: SearchType;
  /** FHIRPath, its alternatives for every base joined by ` | `. */
  readonly expression: string;
  readonly target?: readonly string[];
  readonly component?: readonly { readonly code: string; readonly type: SearchType; readonly expression: string }[];
}

export interface SearchDefinitions {
  /** The concrete resource types of R4. */
  readonly resourceTypes: readonly string[];
  readonly parameters: readonly PublishedParameter[];
  /**
   * Path (`Observation.value`, `Meta.tag`) of each element that an expression touches -> its FHIR types. A first `*` says that it
   * repeats, a first `[x]` that it is a choice (a property for each type), `#Path` that its children stand at that path.
   */
  readonly elements: Readonly<Record<string, readonly string[] | undefined>>;
  /** Path of an element that holds a Reference or a canonical -> the resource types that it may point at; absent for any. */
  readonly targets: Readonly<Record<string, readonly string[] | undefined>>;
  /** Path of an element of type `code` -> the one code system of its required binding. */
  readonly implied: Readonly<Record<string, string | undefined>>;
  /** Type that a compartment is of -> resource type -> codes of the parameters that put a resource into it. */
  readonly compartments: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

let loaded: SearchDefinitions | undefined;

export function searchDefinitions(): SearchDefinitions {
  if (loaded) return loaded;
  const file = join(__dirname, '../../profiles/r4/search-parameters.json.gz');
  const base = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as SearchDefinitions;
  loaded = {
    ...base,
    parameters: [...base.parameters, ...nationalParameters],
    elements: { ...base.elements, ...nationalElements },
  };
  return loaded;
}

/** Resources that are no DomainResource (https://hl7.org/fhir/R4/domainresource.html). */
const plainResources: ReadonlySet<string> = new Set(['Bundle', 'Binary', 'Parameters']);

/** The concrete types that a `base` stands for; a name that is no type stays. */
export function typesOf(base: readonly string[]): readonly string[] {
  const { resourceTypes } = searchDefinitions();
  return [...new Set(base.flatMap((name) => {
    if (name === 'Resource') return resourceTypes;
    return name === 'DomainResource' ? resourceTypes.filter((type) => !plainResources.has(type)) : [name];
  }))];
}
