/** What a CodeSystem says of its codes: which there are, which subsume which (https://hl7.org/fhir/R4/codesystem.html#hierarchy). */

export interface CodeHierarchy {
  /** All codes of the system are here: one that is not is none of them. */
  readonly complete: boolean;
  readonly codes: ReadonlySet<string>;
  /** The code and everything above or below it; the code alone when it is not here. */
  readonly closure: (code: string, direction: 'above' | 'below') => ReadonlySet<string>;
  /** One step above or below. */
  readonly next: (code: string, direction: 'above' | 'below') => readonly string[];
  /** Codes whose property has that value. */
  readonly having: (property: string, value: string) => readonly string[];
}

interface Property { readonly code?: unknown; readonly uri?: unknown; readonly [value: string]: unknown }
interface Concept { readonly code?: unknown; readonly concept?: unknown; readonly property?: unknown }

const listOf = <T extends object>(value: unknown): readonly T[] =>
  (Array.isArray(value) ? value.filter((each): each is T => typeof each === 'object' && each !== null) : []);

/** Properties that every code system may have, by the end of their URI (https://hl7.org/fhir/R4/codesystem-concept-properties.html). */
const directionOf = (uriOrCode: unknown): 'above' | 'below' | undefined =>
  (typeof uriOrCode === 'string' && /(?:^|#)parent$/.test(uriOrCode) ? 'above' : typeof uriOrCode === 'string' && /(?:^|#)child$/.test(uriOrCode) ? 'below' : undefined);

class Builder implements CodeHierarchy {
  readonly codes = new Set<string>();
  private readonly links = { above: new Map<string, Set<string>>(), below: new Map<string, Set<string>>() };
  private readonly properties = new Map<string, string[]>();
  private readonly directions = new Map<unknown, 'above' | 'below'>();

  constructor(readonly complete: boolean, declared: readonly Property[]) {
    for (const { code, uri } of declared) {
      const direction = directionOf(uri);
      if (direction) this.directions.set(code, direction);
    }
  }

  add(concepts: readonly Concept[], parent?: string): void {
    for (const { code, concept, property } of concepts) {
      if (typeof code !== 'string') continue;
      this.codes.add(code);
      if (parent !== undefined) this.link(parent, code);
      for (const each of listOf<Property>(property)) this.property(code, each);
      this.add(listOf<Concept>(concept), code);
    }
  }
  private property(code: string, property: Property): void {
    const value = Object.entries(property).find(([name]) => name.startsWith('value'))?.[1];
    const text = typeof value === 'object' && value !== null ? (value as { code?: unknown }).code : value;
    if (typeof property.code !== 'string' || text === undefined) return;
    const direction = this.directions.get(property.code) ?? directionOf(property.code);
    if (direction === 'above') this.link(String(text), code);
    if (direction === 'below') this.link(code, String(text));
    const key = JSON.stringify([property.code, String(text)]);
    const known = this.properties.get(key);
    if (known) known.push(code);
    else this.properties.set(key, [code]);
  }
  private link(parent: string, child: string): void {
    const put = (from: Map<string, Set<string>>, one: string, other: string): void => void from.set(one, (from.get(one) ?? new Set()).add(other));
    put(this.links.below, parent, child);
    put(this.links.above, child, parent);
  }

  next = (code: string, direction: 'above' | 'below'): readonly string[] => [...(this.links[direction].get(code) ?? [])];
  having = (property: string, value: string): readonly string[] => this.properties.get(JSON.stringify([property, value])) ?? [];
  closure = (code: string, direction: 'above' | 'below'): ReadonlySet<string> => {
    const found = new Set([code]);
    // Grows while it is walked; a circle ends where it began.
    for (const each of found) for (const other of this.next(each, direction)) found.add(other);
    return found;
  };
}

/** Contents of a CodeSystem in which its codes stand. */
const contents: readonly unknown[] = ['complete', 'fragment', 'example', 'supplement'];

/** @returns undefined when the resource holds no codes (`content` = not-present) */
export function hierarchyOf({ content, concept, property }: { readonly content?: unknown; readonly concept?: unknown; readonly property?: unknown }): CodeHierarchy | undefined {
  if (!contents.includes(content)) return undefined;
  const built = new Builder(content === 'complete', listOf<Property>(property));
  built.add(listOf<Concept>(concept));
  return built;
}
