/** The value sets of required bindings, written out as codes. */
import { resourcesOf } from './package.mjs';

/** Value sets that cannot be written out: the server knows a rule for their codes (src/fhir/codes.ts). */
const ruled = new Map([
  ['http://hl7.org/fhir/ValueSet/mimetypes', 'mimetypes'],
  ['http://hl7.org/fhir/ValueSet/ucum-units', 'ucum-units'],
  ['http://hl7.org/fhir/ValueSet/currencies', 'currencies'],
  ['http://hl7.org/fhir/ValueSet/all-languages', 'all-languages'],
]);
/** An answer list of LOINC that no published definition lists: its binding is not enforced. */
const unknown = new Set(['http://loinc.org/vs/LL379-9']);

const maxValueSet = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet';

export class ValueSets {
  /** short name -> the lines of its codes: `system code code …` */
  written = {};
  #urls = new Map();
  #sets = new Map();
  #systems = new Map();

  constructor() {
    for (const resource of ['valuesets', 'v3-codesystems', 'v2-tables'].flatMap(resourcesOf)) {
      if (resource.resourceType === 'ValueSet') this.#sets.set(resource.url, resource);
      if (resource.resourceType === 'CodeSystem') this.#systems.set(resource.url, resource);
    }
  }

  /**
   * The widest value set of an element of type code counts as required: it is how the standard says that a language is one of
   * BCP 47. On concepts it stays advice, since national directories code them in systems of their own.
   * @returns the short name of the value set whose codes this binding requires, if it requires any
   */
  required({ binding, type }) {
    const widest = binding?.extension?.find(({ url }) => url === maxValueSet)?.valueCanonical;
    if (ruled.has(widest) && type.some(({ code }) => code === 'code')) return ruled.get(widest);
    if (binding?.strength !== 'required') return undefined;
    const url = binding.valueSet.split('|')[0];
    if (unknown.has(url)) return undefined;
    return ruled.get(url) ?? this.#write(url);
  }

  #write(url) {
    const name = url.slice(url.lastIndexOf('/') + 1);
    if ((this.#urls.get(name) ?? url) !== url) throw new Error(`two value sets are called ${name}`);
    if (!this.#urls.has(name)) {
      this.#urls.set(name, url);
      this.written[name] = this.#codes(url);
    }
    return name;
  }

  #codes(url) {
    const { include, exclude } = this.#sets.get(url).compose;
    if (exclude) throw new Error(`${url} excludes codes`);
    return include.map(({ system, concept, filter, valueSet }) => {
      if (filter || valueSet) throw new Error(`${url} is not a list of codes`);
      const codes = concept?.map(({ code }) => code) ?? this.#all(system);
      if (codes.some((code) => /\s/.test(code))) throw new Error(`a code of ${url} holds a blank`);
      return [system, ...codes].join(' ');
    }).join('\n');
  }

  #all(system) {
    const { content, concept } = this.#systems.get(system);
    if (content !== 'complete') throw new Error(`${system} is not complete`);
    const below = (concepts) => concepts.flatMap((one) => [one.code, ...below(one.concept ?? [])]);
    return below(concept);
  }
}
