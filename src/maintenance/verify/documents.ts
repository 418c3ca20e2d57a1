/** Whether every pushed document is whole: its bytes, its Provenance, and all that the Provenance says was made of it. */
import type { Grant } from '../../access/grant.js';
import { object, objects, textOf } from '../../fhir/elements.js';
import { isObject, parseStored, type JsonObject } from '../../fhir/json.js';
import { sha256Url } from '../../documents/cda/header/document-reference.js';
import { drawnFrom } from '../../documents/plans.js';
import type { ResourceKey, Store, StoredVersion } from '../../store/port.js';

/** What the operator erased for good, as the audit log tells: `Type/id`. */
export type Erased = ReadonlySet<string>;

/** What documents share (rules 3.5): it may be deleted by itself. */
const shared: ReadonlySet<string> = new Set(['Patient', 'Practitioner', 'PractitionerRole', 'Organization']);

const keyOf = (reference: string): ResourceKey => {
  const [type = '', id = ''] = reference.split('/');
  return { type, id };
};
const base64OfHex = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

export class DocumentCheck {
  constructor(private readonly store: Store, private readonly grant: Grant, private readonly erased: Erased) {}

  /** @param document a live DocumentReference. @returns what is wrong with it */
  async findings(document: JsonObject): Promise<string[]> {
    const id = textOf(document.id) ?? '';
    const drawn = await drawnFrom(this.store, this.grant, id, ['Binary', 'Provenance']);
    const binaries = drawn.filter(({ type }) => type === 'Binary');
    const provenances = drawn.filter(({ type }) => type === 'Provenance');
    // Written through the API, not pushed: it stands for itself.
    if (drawn.length === 0) return [];
    const [binary, provenance] = [binaries[0], provenances[0]];
    if (binaries.length !== 1 || !binary) return [`it has ${binaries.length} Binaries instead of one`];
    if (provenances.length !== 1 || !provenance) return [`it has ${provenances.length} Provenances instead of one`];
    return [...this.attachment(document, binary), ...(await this.targets(document, provenance, binary))];
  }

  private attachment(document: JsonObject, { id, content }: StoredVersion): string[] {
    const attachment = object(object(objects(document.content)[0])?.attachment);
    if (content === undefined) return [`Binary/${id} has no bytes`];
    if (attachment === undefined || textOf(attachment.url) !== `Binary/${id}`) return [`it does not name Binary/${id}`];
    const stronger = objects(attachment.extension).find(({ url }) => url === sha256Url);
    const wrong = textOf(attachment.hash) !== base64OfHex(content.sha1) || String(attachment.size) !== String(content.size)
      || (stronger !== undefined && textOf(stronger.valueBase64Binary) !== base64OfHex(content.sha256));
    return wrong ? [`its size and hash are not those of Binary/${id}`] : [];
  }

  private async targets(document: JsonObject, { id, text }: StoredVersion, binary: StoredVersion): Promise<string[]> {
    const provenance = parseStored(text);
    if (!isObject(provenance)) return [`Provenance/${id} is no resource`];
    const source = textOf(object(object(objects(provenance.entity)[0])?.what)?.reference);
    const found = source === `Binary/${binary.id}` ? [] : [`Provenance/${id} does not name Binary/${binary.id} as its source`];
    for (const target of objects(provenance.target)) {
      const reference = textOf(target.reference) ?? '';
      const missing = this.erased.has(reference) ? undefined : await this.missing(reference, textOf(document.status) === 'current');
      if (missing !== undefined) found.push(`${reference}, which was made of it, ${missing}`);
    }
    return found;
  }

  /** What a superseded document made is deleted, its versions kept. */
  private async missing(reference: string, current: boolean): Promise<string | undefined> {
    const key = keyOf(reference);
    const found = await this.store.read(this.grant, key);
    if (found === undefined) return 'is not there';
    return found.deleted && current && !shared.has(key.type) ? 'is deleted' : undefined;
  }
}
