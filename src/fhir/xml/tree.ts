/** An XML element with its namespaces resolved; what the one XML door (`door.ts`) gives. */
export interface XmlElement {
  readonly ns: string;
  /** Local name. */
  readonly name: string;
  /** By local name; an attribute in a namespace by `{namespace}local`. Null prototype. */
  readonly attributes: Readonly<Record<string, string>>;
  /** xsi:type with its prefix resolved: the local name of the type (`c:PQ` → `PQ`). */
  readonly xsiType?: string;
  /** Elements and text in document order (mixed content kept, CDATA as text, comments dropped). */
  readonly children: readonly (XmlElement | string)[];
  /** The text that it was read from, line ends as XML has them; only where the door's `keepSource` asks for it. */
  readonly source?: string;
}
