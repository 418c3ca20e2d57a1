/** A document mapped without a store: what its first push would write. */
import { joinBody } from '../../src/fhir/body';
import { newId } from '../../src/fhir/id';
import type { Claim, PutWrite } from '../../src/store/port';
import { submitTask } from '../../src/documents/submit-task';
import type { SubmitFacts, SubmitInput, SubmitResolution, SubmitResult } from '../../src/documents/submission-shapes';

/** Parsed JSON of a shape that the test knows. */
export type Resource = ReturnType<typeof JSON.parse>;

export interface Mapped {
  readonly facts: SubmitFacts;
  readonly result: SubmitResult;
  readonly puts: readonly PutWrite[];
  readonly resources: readonly Resource[];
  /** The only resource of a type. @throws when there is none, or more than one */
  one(type: string): Resource;
  all(type: string): Resource[];
  put(reference: string): PutWrite;
  readonly texts: string;
}

export interface MapOptions extends Partial<SubmitInput> {
  readonly resolution?: Partial<SubmitResolution>;
}

export function open(document: string | Uint8Array, options: Partial<SubmitInput> = {}): ReturnType<typeof submitTask.open> {
  return submitTask.open({
    bytes: typeof document === 'string' ? Buffer.from(document) : document, contentType: 'text/xml', labels: [], limit: { bytes: 50_000_000, setting: 'DOCUMENT_LIMIT' },
    domain: 'test', timeZone: 'Europe/Paris', fullText: 'text', bases: ['http://localhost:8080/fhir'], ...options,
  });
}

export function mapped(document: string | Uint8Array, { resolution = {}, ...input }: MapOptions = {}): Mapped {
  const { facts, session } = open(document, input);
  const result = submitTask.finish(session, {
    ids: { document: newId(), binary: newId(), provenance: newId(), patient: newId() },
    known: [], status: 'current', relatedReferences: facts.related.map(() => undefined), changed: [],
    received: Date.UTC(2024, 0, 20), structure: '1350099911', issues: [], ...resolution,
  });
  const texts = result.puts.map(({ body }) => joinBody(body, 1, '2024-01-20T00:00:00.000Z'));
  const resources = texts.map((text) => JSON.parse(text) as Resource);
  const all = (type: string): Resource[] => resources.filter((resource) => resource.resourceType === type);
  return {
    facts, result, puts: result.puts, resources, all, texts: texts.join('\n'),
    one(type) {
      const [found, other] = all(type);
      if (!found || other) throw new Error(`${all(type).length} resources of type ${type}`);
      return found;
    },
    put(reference) {
      const found = result.puts.find(({ type, id }) => `${type}/${id}` === reference);
      if (!found) throw new Error(`${reference} is not written`);
      return found;
    },
  };
}

export const claimsOfType = ({ puts }: Mapped, type: string): readonly Claim[] => puts.filter((put) => put.type === type).flatMap((put) => put.claims);
