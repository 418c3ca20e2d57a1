/** Which namespaces the prefixes of an element stand for: https://www.w3.org/TR/xml-names/ */

const xml = 'http://www.w3.org/XML/1998/namespace';
const xmlns = 'http://www.w3.org/2000/xmlns/';

export class Scope {
  /** The namespace of elements without a prefix. */
  readonly byDefault: string;

  /** @param own what the element itself declares, by prefix; '' is the default one */
  constructor(private readonly outer: Scope | undefined, readonly own: Readonly<Record<string, string>>) {
    this.byDefault = own[''] ?? outer?.byDefault ?? '';
  }

  /** What was asked for before: no name is looked up through all scopes twice. */
  private readonly known = new Map<string, string | undefined>();

  bound(prefix: string): string | undefined {
    const own = this.own[prefix];
    if (own !== undefined || this.outer === undefined) return own;
    if (!this.known.has(prefix)) this.known.set(prefix, this.outer.bound(prefix));
    return this.known.get(prefix);
  }

  static readonly outermost = new Scope(undefined, Object.assign(Object.create(null) as Record<string, string>, { xml, xmlns }));

  /** What is wrong with a declaration (https://www.w3.org/TR/xml-names/#xmlReserved, #nsc-NoPrefixUndecl). */
  static fault(prefix: string, uri: string): string | undefined {
    if (prefix === 'xmlns' || uri === xmlns || (prefix === 'xml') !== (uri === xml)) return 'a reserved prefix or namespace is declared';
    return prefix !== '' && uri === '' ? 'a prefix is declared without a namespace' : undefined;
  }
}
