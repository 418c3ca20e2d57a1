/**
 * A resource that leaves in parts because its last element is long: the entries of a Bundle, the data of a Binary. As it
 * stands it is FHIR JSON, part by part; whoever writes another format finds the parts apart.
 */
export interface PartsOptions {
  /** JSON text of the resource without its last element and its closing brace; never empty. */
  readonly head: string;
  /** `entry`: each part is the JSON text of an entry. `data`: the parts together are base64. */
  readonly element: 'entry' | 'data';
  readonly parts: Iterable<string> | AsyncIterable<string>;
  /** Characters of all parts together, where that is known. */
  readonly length?: number;
}

const around = { entry: [',"entry":[', ']}'], data: [',"data":"', '"}'] } as const;

export class ResourceParts implements AsyncIterable<string> {
  constructor(readonly given: PartsOptions) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    const { head, element, parts } = this.given;
    const [open, close] = around[element];
    yield head + open;
    let first = true;
    for await (const part of parts) {
      yield first || element === 'data' ? part : `,${part}`;
      first = false;
    }
    yield close;
  }

  /** Bytes of the JSON text, where that is known. */
  get jsonLength(): number | undefined {
    const { head, element, length } = this.given;
    const [open, close] = around[element];
    // Base64 is ASCII; entries are not.
    return length === undefined || element !== 'data' ? undefined : Buffer.byteLength(head) + open.length + length + close.length;
  }
}
